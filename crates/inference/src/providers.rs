//! Execution providers: what computes a model beside the CPU, which is always there and comes last.
//!
//! A provider that is of no use here is left out with a warning, so that models run wherever they can.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ort::{
    environment::Environment,
    ep::{self, ExecutionProvider, ExecutionProviderDispatch},
    logging::LogLevel,
    session::{Session as OrtSession, builder::SessionBuilder},
};

/// An execution provider that may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// NVIDIA's TensorRT.
    TensorRt,
    /// NVIDIA's CUDA.
    Cuda,
    /// Intel's OpenVINO.
    OpenVino,
    /// Apple's CoreML.
    CoreMl,
}

/// A provider of a name that none has.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected providers out of {known} (the CPU comes last by itself), got '{0}'", known = known())]
pub struct UnknownProvider(String);

fn known() -> String {
    Provider::ALL.map(Provider::name).join(", ")
}

impl Provider {
    /// All that may be asked for.
    pub const ALL: [Self; 4] = [Self::TensorRt, Self::Cuda, Self::OpenVino, Self::CoreMl];

    /// How configurations and answers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TensorRt => "tensorrt",
            Self::Cuda => "cuda",
            Self::OpenVino => "openvino",
            Self::CoreMl => "coreml",
        }
    }

    fn dispatch(self, threads: usize) -> ExecutionProviderDispatch {
        let provider = match self {
            Self::TensorRt => ep::TensorRT::default().build(),
            Self::Cuda => ep::CUDA::default().build(),
            // It computes with threads of its own.
            Self::OpenVino => ep::OpenVINO::default().with_num_threads(threads).build(),
            Self::CoreMl => ep::CoreML::default().build(),
        };
        provider.error_on_failure()
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(name: &str) -> Result<Self, UnknownProvider> {
        Self::ALL.into_iter().find(|provider| provider.name() == name).ok_or_else(|| UnknownProvider(name.to_owned()))
    }
}

/// Those of `asked` that the loaded library has and can load.
pub fn usable(environment: &Environment, asked: &[Provider], threads: usize) -> Vec<Provider> {
    let registered = |provider: Provider| {
        let mut builder = OrtSession::builder(environment)?;
        provider.dispatch(threads).register(&mut builder)
    };
    let mut usable = asked.to_vec();
    usable.retain(|&provider| match registered(provider) {
        Ok(()) => true,
        Err(why) => {
            let why = why.to_string();
            tracing::warn!(
                %provider, why = why.trim(),
                "runtime.providers asks for what the loaded ONNX Runtime cannot do; models run without it. \
                 Let runtime.library name a build that has it, and see that the libraries it needs are found \
                 (docs/operating.md)"
            );
            false
        }
    });
    usable
}

/// Opens `model` by `open` with all of `providers`; if that fails, with those that can be added one after another to
/// the CPU alone. What goes wrong there too is the model's fault, and the error.
pub fn open_with<T>(
    providers: &[Provider],
    model: &str,
    open: impl Fn(&[Provider]) -> Result<T, String>,
) -> Result<T, String> {
    match open(providers) {
        Err(_) if !providers.is_empty() => {}
        result => return result,
    }
    let (mut session, mut kept) = (open(&[])?, Vec::new());
    for &provider in providers {
        kept.push(provider);
        match open(&kept) {
            Ok(better) => session = better,
            Err(why) => {
                kept.pop();
                tracing::warn!(
                    %model, %provider, why = why.trim(),
                    "the model does not open with this provider and runs without it. See that its device and the \
                     libraries it needs are there, or take it from runtime.providers (docs/operating.md)"
                );
            }
        }
    }
    Ok(session)
}

/// Where ONNX Runtime places a session's operations.
///
/// It tells so in its log, at the finest level; its function that tells so can be called by unsafe code only.
#[derive(Clone, Default)]
pub struct Placement {
    asked: Vec<Provider>,
    told: Arc<Mutex<Vec<String>>>,
}

impl Placement {
    /// Makes the session that `builder` opens use `providers` where it can, the first one first; between runs it keeps the memory of
    /// the largest one, or none.
    pub fn on(
        builder: SessionBuilder,
        providers: &[Provider],
        threads: usize,
        keeps_memory: bool,
    ) -> ort::Result<(SessionBuilder, Self)> {
        let placement = Self { asked: providers.to_vec(), ..Self::default() };
        let heard = placement.clone();
        let logger = move |level: LogLevel, _: &str, _: &str, _: &str, message: &str| match level {
            LogLevel::Error | LogLevel::Fatal => tracing::error!("ONNX Runtime: {message}"),
            _ => heard.hear(message),
        };
        let cpu = ep::CPU::default().with_arena_allocator(keeps_memory).build();
        let dispatches: Vec<_> = providers.iter().map(|provider| provider.dispatch(threads)).chain([cpu]).collect();
        let builder = builder.with_logger(Arc::new(logger))?.with_log_level(LogLevel::Verbose)?;
        Ok((builder.with_execution_providers(dispatches)?, placement))
    }

    /// Such as ` All nodes placed on [CPUExecutionProvider]. Number of nodes: 12`.
    fn hear(&self, message: &str) {
        let name = message.split_once(" placed on [").and_then(|(_, rest)| rest.split_once(']'));
        if let Some((name, _)) = name {
            self.told().push(name.to_owned());
        }
    }

    fn told(&self) -> MutexGuard<'_, Vec<String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the opened session runs on: `cpu`, a provider, or several joined by `+` that share it; empty if the library
    /// did not tell.
    pub fn provider(&self) -> String {
        let told = self.told();
        let on = |name: &str| told.iter().any(|told| told == name);
        let asked =
            self.asked.iter().filter(|provider| on(provider.dispatch(1).name())).map(|provider| provider.name());
        let cpu = on(<ep::CPU as ExecutionProvider>::NAME).then_some("cpu");
        asked.chain(cpu).collect::<Vec<_>>().join("+")
    }
}

#[cfg(test)]
mod tests;

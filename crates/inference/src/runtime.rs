//! ONNX Runtime: the library from the model store, and sessions over its models.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use domain::roles::{ModelInfo, RoleError};
use ort::{
    environment::Environment,
    session::Session as OrtSession,
    value::{DynValue, PrimitiveTensorElementType, TensorRef},
};

use crate::{
    providers::{Placement, Provider, open_with, usable},
    work::step_back,
};

/// A runtime or model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The library does not load.
    #[error(
        "cannot load ONNX Runtime from {path}: {message}; run `cpaiqa models verify`, or see to runtime.library where that is set"
    )]
    Library {
        /// The library's file.
        path: String,
        /// Why not.
        message: String,
    },
    /// The model does not load.
    #[error("cannot load the model {path}: {message}; run `cpaiqa models verify`")]
    Model {
        /// The model's file.
        path: String,
        /// Why not.
        message: String,
    },
    /// The model is another one than expected.
    #[error("the model {path} has no tensor '{name}'; it has {found}")]
    Signature {
        /// The model's file.
        path: String,
        /// The tensor that was expected.
        name: String,
        /// The tensors there are.
        found: String,
    },
}

/// A loaded ONNX Runtime. Cloning shares it.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    threads: usize,
    providers: Vec<Provider>,
    keeps_memory: bool,
    busy: Arc<AtomicU64>,
}

impl Runtime {
    /// Loads the library at `path`; each session computes with `threads` threads.
    pub fn load(path: &Path, threads: usize) -> Result<Self, RuntimeError> {
        let failed = |message: String| RuntimeError::Library { path: path.display().to_string(), message };
        let builder = ort::init_from(path).map_err(|error| failed(error.to_string()))?;
        let environment = builder.with_name("cpaiqa").build().map_err(|error| failed(error.to_string()))?;
        Ok(Self { environment, threads, providers: Vec::new(), keeps_memory: true, busy: Arc::default() })
    }

    /// How long its models have computed, all runs added up; runs at the same time count each.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    /// Lets sessions use `providers`, the first one first, as far as they are of use here, and the CPU for the rest. Says
    /// in the log which are not.
    #[must_use]
    pub fn with_providers(mut self, providers: &[Provider]) -> Self {
        self.providers = usable(&self.environment, providers, self.threads);
        self
    }

    /// Whether a session opened from now on keeps, for the next run, the memory of the largest one (as from the start) or none.
    #[must_use]
    pub const fn keeping_memory(mut self, keeps: bool) -> Self {
        self.keeps_memory = keeps;
        self
    }

    /// Opens the model at `path` and checks that it has the tensors named. The session's `info` says what it runs on.
    pub fn open(
        &self,
        path: &Path,
        info: ModelInfo,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Result<Session, RuntimeError> {
        let failed = |message: String| RuntimeError::Model { path: path.display().to_string(), message };
        let open = |providers: &[Provider]| -> Result<(OrtSession, String), String> {
            let builder = OrtSession::builder(&self.environment).map_err(|e| e.to_string())?;
            let builder = builder.with_intra_threads(self.threads).map_err(|e| e.to_string())?;
            // Idle threads that spin would take the other models' cores.
            let builder = builder.with_intra_op_spinning(false).map_err(|e| e.to_string())?;
            let (mut builder, placement) =
                Placement::on(builder, providers, self.threads, self.keeps_memory).map_err(|e| e.to_string())?;
            let session = builder.commit_from_file(path).map_err(|e| e.to_string())?;
            Ok((session, placement.provider()))
        };
        // A session's threads start as the one that opens it is.
        let opened = std::thread::scope(|scope| {
            let opening = scope.spawn(|| {
                step_back();
                open_with(&self.providers, &info.name, open)
            });
            opening.join().unwrap_or_else(|_| Err("opening it panicked".to_owned()))
        });
        let (session, provider) = opened.map_err(failed)?;
        let info = ModelInfo { provider, ..info };
        let has_inputs: Vec<&str> = session.inputs().iter().map(|outlet| outlet.name()).collect();
        let has_outputs: Vec<&str> = session.outputs().iter().map(|outlet| outlet.name()).collect();
        for (wanted, found) in [(inputs, has_inputs), (outputs, has_outputs)] {
            if let Some(absent) = wanted.iter().find(|name| !found.contains(name)) {
                let (path, found) = (path.display().to_string(), found.join(", "));
                return Err(RuntimeError::Signature { path, name: (*absent).to_owned(), found });
            }
        }
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let inner = Arc::new(Mutex::new(session));
        Ok(Session { inner, info, inputs: owned(inputs), outputs: owned(outputs), busy: Arc::clone(&self.busy) })
    }
}

/// A float tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its extents, outermost first.
    pub shape: Vec<usize>,
    /// Its values.
    pub data: Vec<f32>,
}

/// One model, ready to run. Cloning shares it; runs take turns, each using all of the runtime's threads.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Mutex<OrtSession>>,
    info: ModelInfo,
    inputs: Arc<[String]>,
    outputs: Arc<[String]>,
    /// Of all sessions of the runtime, nanoseconds.
    busy: Arc<AtomicU64>,
}

impl Session {
    /// Which model this is.
    pub const fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The inputs that it was opened with.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The input at `index` of those that it was opened with.
    pub fn input(&self, index: usize) -> Result<&str, RoleError> {
        self.inputs.get(index).map(String::as_str).ok_or_else(|| self.unlisted("input", index))
    }

    /// The outputs that it was opened with.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// The output at `index` of those that it was opened with.
    pub fn output(&self, index: usize) -> Result<&str, RoleError> {
        self.outputs.get(index).map(String::as_str).ok_or_else(|| self.unlisted("output", index))
    }

    fn unlisted(&self, kind: &str, index: usize) -> RoleError {
        let name = &self.info.name;
        RoleError::Internal(format!(
            "the model manifest's entry {name} must list at least {} {kind} tensors",
            index + 1
        ))
    }

    /// Runs the model on `inputs` (name, shape, values: `f32` or `i64`) and returns the named outputs, which must be
    /// floats. Blocks.
    pub fn run<T>(&self, inputs: &[(&str, &[usize], &[T])], outputs: &[&str]) -> Result<Vec<Tensor>, RoleError>
    where
        T: PrimitiveTensorElementType + Clone + fmt::Debug + 'static,
    {
        let failed = |error: &dyn fmt::Display| RoleError::Internal(format!("model {}: {error}", self.info.name));
        let mut values = Vec::with_capacity(inputs.len());
        for (name, shape, data) in inputs {
            let value = TensorRef::from_array_view((shape.to_vec(), *data)).map_err(|e| failed(&e))?;
            values.push((*name, value));
        }
        // A run that panicked in another thread leaves the session itself intact.
        let mut session = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let start = Instant::now();
        let produced = session.run(values);
        self.busy.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        let produced = produced.map_err(|e| failed(&e))?;
        let read = |name: &&str| {
            let value: &DynValue = produced.get(*name).ok_or_else(|| failed(&format!("no output '{name}'")))?;
            let (shape, data) = value.try_extract_tensor::<f32>().map_err(|e| failed(&e))?;
            Ok(Tensor { shape: shape.iter().map(|&extent| extent as usize).collect(), data: data.to_vec() })
        };
        outputs.iter().map(read).collect()
    }
}

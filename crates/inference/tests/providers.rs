//! The store's library, which computes on the CPU alone: what becomes of other providers, and who goes first.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use cpaiqa_inference::{
    providers::Provider,
    runtime::{Runtime, Session},
    store::{Manifest, Options, Store},
};
use domain::roles::ModelInfo;
use support::silent;
use tokio::sync::OnceCell;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tiny/clip_text.onnx")
}

/// The log, as it is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn of(work: impl FnOnce()) -> String {
        let log = Self::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(move || written.clone());
        tracing::subscriber::with_default(subscriber.finish(), work);
        String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
    }
}

/// A process has one.
async fn runtime() -> Runtime {
    static RUNTIME: OnceCell<Runtime> = OnceCell::const_new();
    let load = || async {
        let manifest = Manifest::parse(include_str!("../../../config/models.toml")).unwrap();
        let store = Store::open(Store::default_root().unwrap(), manifest, Options::default());
        let library = store.ensure(&["onnxruntime"], &silent()).await.unwrap().remove(0);
        Runtime::load(&library, 2).unwrap()
    };
    RUNTIME.get_or_init(load).await.clone()
}

fn open(runtime: &Runtime) -> Session {
    let info = ModelInfo { name: "tiny".into(), ..ModelInfo::default() };
    runtime.open(&model(), info, &["input_ids"], &["text_embeds"]).unwrap()
}

#[tokio::test]
async fn what_the_library_lacks_is_left_out_with_a_warning_and_the_models_run_on_the_cpu() {
    let runtime = runtime().await;
    let mut with = None;
    let log = Log::of(|| with = Some(runtime.clone().with_providers(&[Provider::Cuda, Provider::OpenVino])));
    let warnings: Vec<&str> = log.lines().collect();
    assert_eq!(warnings.len(), 2, "{log}");
    for (warning, name) in warnings.into_iter().zip(["cuda", "openvino"]) {
        assert!(warning.contains("WARN") && warning.contains(&format!("provider={name}")), "{warning}");
        assert!(
            warning.contains("not enabled in this build") || warning.contains("not supported in this build"),
            "{warning}"
        );
        assert!(warning.contains("runtime.library"), "{warning}");
    }

    for runtime in [with.unwrap(), runtime] {
        let session = open(&runtime);
        assert_eq!(session.info().provider, "cpu");
        let embedding = session.run::<i64>(&[("input_ids", &[1, 3], &[1, 2, 3])], &["text_embeds"]).unwrap().remove(0);
        assert_eq!(embedding.shape, [1, 512]);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_models_threads_let_others_go_first() {
    use rustix::process::{Pid, getpriority_process};

    let before = getpriority_process(None).unwrap();
    let _session = open(&runtime().await);
    // Threads of the other test may end while they are looked at.
    let niceness =
        |thread: std::fs::DirEntry| getpriority_process(Pid::from_raw(thread.file_name().to_str()?.parse().ok()?)).ok();
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    assert!(threads.filter_map(niceness).max().unwrap() > before);
    assert_eq!(getpriority_process(None).unwrap(), before);
}

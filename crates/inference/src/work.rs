//! Model work off the async threads, that stops when nobody waits for it any more.

use std::{
    io,
    sync::{
        Arc, LazyLock, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

use domain::roles::{Answer, Call, RoleError};
use tokio::runtime::{Builder, Runtime};
use tracing::Span;

/// Added to that of the process for threads that compute models, as the command `nice` does: they get a tenth of another
/// thread's share of a core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;
/// How long a thread without work stays.
const STAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The threads that work, at most one a core, and always the same: more would be slower each, and each thread that ever worked
/// keeps memory. It is a runtime of which only the blocking threads are used.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread()
        .max_blocking_threads(available_parallelism().map_or(1, usize::from))
        .thread_keep_alive(STAY)
        .thread_name("model")
        .on_thread_start(step_back)
        .build()
});

/// Held for reading by every work that goes on.
static WORKING: RwLock<()> = RwLock::new(());

/// Waits for the works that go on. A process must not end under them: what they use of a library would be taken down.
pub fn finish() {
    drop(WORKING.write());
}

/// Lets the process's other threads, which answer callers, go before this one and those that it starts.
pub(crate) fn step_back() {
    // Elsewhere this would be the whole process's priority.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "models compute at the same priority as everything else");
    }
}

/// What long work looks at between its steps.
pub struct Watch {
    call: Call,
    abandoned: Arc<AtomicBool>,
}

impl Watch {
    /// An error once the deadline has passed or the caller has gone away.
    pub fn check(&self) -> Answer<()> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(RoleError::Cancelled("the caller went away".into()));
        }
        match self.call.deadline {
            Some(deadline) if Instant::now() >= deadline => {
                Err(RoleError::DeadlineExceeded("the deadline passed during the work".into()))
            }
            _ => Ok(()),
        }
    }
}

/// Sets its flag when the future that owns it is dropped.
struct Abandon(Arc<AtomicBool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` on a thread for models when its turn comes. When the returned future is dropped, [`Watch::check`] fails in `work`.
/// Work must not wait for other such work.
pub async fn blocking<T: Send + 'static>(
    call: Call,
    work: impl FnOnce(&Watch) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let abandoned = Arc::new(AtomicBool::new(false));
    let _guard = Abandon(Arc::clone(&abandoned));
    let span = Span::current();
    let stopped = |error: &dyn std::fmt::Display| RoleError::Internal(format!("the work stopped: {error}"));
    let threads = THREADS.as_ref().map_err(|error| stopped(error))?;
    let task = threads.spawn_blocking(move || {
        let _working = WORKING.read();
        let watch = Watch { call, abandoned };
        span.in_scope(|| {
            watch.check()?;
            work(&watch)
        })
    });
    task.await.map_err(|error| stopped(&error))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_stops_when_its_caller_goes_away() {
        let (started, has_started) = tokio::sync::oneshot::channel();
        let (ended, has_ended) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(blocking(Call::default(), move |watch| {
            started.send(()).unwrap();
            while watch.check().is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            ended.send(watch.check()).unwrap();
            Ok(())
        }));
        has_started.await.unwrap();
        task.abort();
        assert!(matches!(has_ended.await.unwrap(), Err(RoleError::Cancelled(_))));
    }

    #[tokio::test]
    async fn no_more_works_go_on_at_once_than_there_are_cores() {
        use std::sync::atomic::AtomicUsize;
        static RUNNING: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let work = || {
            blocking(Call::default(), |_| {
                MOST.fetch_max(RUNNING.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(5));
                RUNNING.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        };
        let all: Vec<_> = (0..64).map(|_| tokio::spawn(work())).collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        assert!(MOST.load(Ordering::SeqCst) <= available_parallelism().unwrap().get());
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn work_lets_other_threads_go_first() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let work = blocking(Call::default(), move |_| Ok(niceness())).await.unwrap();
        assert_eq!((work, niceness()), (before + NICENESS, before));
    }

    #[tokio::test]
    async fn a_process_waits_for_works_whose_callers_went_away() {
        let (started, has_started) = tokio::sync::oneshot::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&ended);
        let task = tokio::spawn(blocking(Call::default(), move |_| {
            started.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            ends.store(true, Ordering::SeqCst);
            Ok(())
        }));
        has_started.await.unwrap();
        task.abort();
        finish();
        assert!(ended.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn work_past_its_deadline_does_not_start() {
        let call = Call { deadline: Instant::now().checked_sub(Duration::from_secs(1)) };
        let answer = blocking(call, |_| -> Answer<()> { panic!("must not run") }).await;
        assert!(matches!(answer, Err(RoleError::DeadlineExceeded(_))));
    }
}

//! Model work off the async threads, that stops when nobody waits for it any more.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    thread::available_parallelism,
    time::Instant,
};

use domain::roles::{Answer, Call, RoleError};
use tokio::sync::Semaphore;
use tracing::Span;

/// Works that go on at once in this process, one a core: more would be slower each, and each thread that ever worked keeps memory.
static PLACES: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(available_parallelism().map_or(1, usize::from))));

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

/// Runs `work` on a blocking thread when its turn comes. When the returned future is dropped, [`Watch::check`] fails in `work`.
/// Work must not wait for other such work.
pub async fn blocking<T: Send + 'static>(
    call: Call,
    work: impl FnOnce(&Watch) -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let abandoned = Arc::new(AtomicBool::new(false));
    let _guard = Abandon(Arc::clone(&abandoned));
    let span = Span::current();
    let stopped = |error: &dyn std::fmt::Display| RoleError::Internal(format!("the work stopped: {error}"));
    let place = Arc::clone(&PLACES).acquire_owned().await.map_err(|error| stopped(&error))?;
    let task = tokio::task::spawn_blocking(move || {
        // Also where the caller has gone, its place is taken until the work has seen that.
        let _place = place;
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
    use std::time::Duration;

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

    #[tokio::test]
    async fn work_past_its_deadline_does_not_start() {
        let call = Call { deadline: Instant::now().checked_sub(Duration::from_secs(1)) };
        let answer = blocking(call, |_| -> Answer<()> { panic!("must not run") }).await;
        assert!(matches!(answer, Err(RoleError::DeadlineExceeded(_))));
    }
}

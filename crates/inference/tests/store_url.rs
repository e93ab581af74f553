//! Files from addresses: resuming, restarting and refusing, against a server on the loopback interface.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::sync::Arc;

use cpaiqa_inference::store::{Options, Progress, State, Store};
use support::{Behaviour, Recorder, Server, entry, files_below, sha256, silent, store};
use tempfile::TempDir;

const SIZE: usize = 300_000;

fn content() -> Vec<u8> {
    (0..SIZE as u32).flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes()).take(SIZE).collect()
}

async fn server(break_after: Option<usize>) -> Server {
    Server::start(Behaviour { content: content(), etag: "\"first\"", ranges: true, break_after }).await
}

fn store_of(server: &Server, root: &TempDir) -> Store {
    let source = format!("source.url = {{ url = '{}' }}", server.url);
    store(root.path(), &entry("weights", &source, &sha256(&content()), SIZE), Options::default())
}

#[tokio::test]
async fn a_file_is_fetched_verified_and_then_left_alone() {
    let (server, root) = (server(None).await, TempDir::new().unwrap());
    let store = store_of(&server, &root);
    assert_eq!(store.list()[0].state, State::Missing);
    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();
    let paths = store.ensure(&["weights"], &progress).await.unwrap();
    assert_eq!(std::fs::read(&paths[0]).unwrap(), content());
    assert_eq!(recorder.bytes("fetching weights"), SIZE as u64);
    assert_eq!(store.list()[0].state, State::Present);
    store.ensure(&["weights"], &progress).await.unwrap();
    assert_eq!(server.ranges().len(), 1);
    assert_eq!(files_below(root.path()), [".lock", "weights.bin", "weights.bin.ok"]);
}

#[tokio::test]
async fn an_interrupted_download_is_continued() {
    let (server, root) = (server(Some(100_000)).await, TempDir::new().unwrap());
    let store = store_of(&server, &root);
    let error = store.pull(&["weights"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("100000 of 300000 bytes are kept"), "{error}");
    server.behaviour.lock().unwrap().break_after = None;
    store.pull(&["weights"], &silent()).await.unwrap();
    assert_eq!(server.ranges(), ["", "bytes=100000-"]);
    assert_eq!(std::fs::read(store.path("weights").await.unwrap()).unwrap(), content());
    assert_eq!(files_below(root.path()), [".lock", "weights.bin", "weights.bin.ok"]);
}

#[tokio::test]
async fn a_server_that_ignores_ranges_is_read_from_the_start() {
    let (server, root) = (server(Some(100_000)).await, TempDir::new().unwrap());
    let store = store_of(&server, &root);
    store.pull(&["weights"], &silent()).await.unwrap_err();
    *server.behaviour.lock().unwrap() =
        Behaviour { content: content(), etag: "\"first\"", ranges: false, break_after: None };
    store.pull(&["weights"], &silent()).await.unwrap();
    assert_eq!(std::fs::read(store.path("weights").await.unwrap()).unwrap(), content());
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_read_from_the_start() {
    let (server, root) = (server(Some(100_000)).await, TempDir::new().unwrap());
    let store = store_of(&server, &root);
    // Another file of the same length is being served when the first transfer breaks …
    server.behaviour.lock().unwrap().content = vec![0; SIZE];
    store.pull(&["weights"], &silent()).await.unwrap_err();
    // … and the right one, under another tag, when it is continued.
    *server.behaviour.lock().unwrap() =
        Behaviour { content: content(), etag: "\"second\"", ranges: true, break_after: None };
    store.pull(&["weights"], &silent()).await.unwrap();
    assert_eq!(std::fs::read(store.path("weights").await.unwrap()).unwrap(), content());
}

#[tokio::test]
async fn a_wrong_checksum_is_named_and_leaves_nothing() {
    let (server, root) = (server(None).await, TempDir::new().unwrap());
    let wrong = vec![7; SIZE];
    server.behaviour.lock().unwrap().content = wrong.clone();
    let error = store_of(&server, &root).pull(&["weights"], &silent()).await.unwrap_err().to_string();
    for told in ["weights", &sha256(&content()), &sha256(&wrong), &server.url] {
        assert!(error.contains(told), "{told} is not in: {error}");
    }
    assert_eq!(files_below(root.path()), [".lock"]);
}

#[tokio::test]
async fn a_file_of_another_size_is_refused_before_it_is_read() {
    let (server, root) = (server(None).await, TempDir::new().unwrap());
    server.behaviour.lock().unwrap().content.push(0);
    let error = store_of(&server, &root).pull(&["weights"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("expected 300000 bytes, got 300001"), "{error}");
    assert_eq!(files_below(root.path()), [".lock"]);
}

#[tokio::test]
async fn two_tasks_at_once_fetch_once() {
    let (server, root) = (server(None).await, TempDir::new().unwrap());
    let (first, second) = (store_of(&server, &root), store_of(&server, &root));
    let progress = silent();
    let (one, two) = tokio::join!(first.ensure(&["weights"], &progress), second.ensure(&["weights"], &progress));
    assert_eq!(one.unwrap(), two.unwrap());
    assert_eq!(server.ranges().len(), 1);
}

#[tokio::test]
async fn offline_never_asks_and_says_what_to_do() {
    let (server, root) = (server(None).await, TempDir::new().unwrap());
    let source = format!("source.url = {{ url = '{}' }}", server.url);
    let manifest = entry("weights", &source, &sha256(&content()), SIZE);
    let offline = store(root.path(), &manifest, Options { offline: true, ..Options::default() });
    let error = offline.ensure(&["weights"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("weights") && error.contains("cpaiqa models pull"), "{error}");
    assert!(server.ranges().is_empty());
    // What an earlier pull brought is served.
    store_of(&server, &root).pull(&["weights"], &silent()).await.unwrap();
    offline.ensure(&["weights"], &silent()).await.unwrap();
}

//! A file from an address, continued where an earlier pull broke off.
//!
//! The `.part` file is kept when a transfer breaks, with the server's entity tag beside it. The next pull asks for
//! the rest under that tag; a server that ignores the question, or has another file by now, sends all of it again.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use tokio::fs;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::lock::Lock;
use super::part::{Part, PartError, part_path, size_error};
use super::progress::{Progress, Step};
use super::state::{Target, beside};

/// Why an address did not give its file.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The transfer did not start or broke off.
    #[error("{name} could not be fetched from {url}: {why}; {kept} of {size} bytes are kept, pull again to continue")]
    Broken {
        /// The file's name in the manifest.
        name: String,
        /// Its address.
        url: String,
        /// What the network said.
        why: String,
        /// Bytes on disk.
        kept: u64,
        /// The manifest's size.
        size: u64,
    },
    /// The server refused.
    #[error("{name} could not be fetched from {url}: the server answered {status}, expected 200 or 206")]
    Status {
        /// The file's name in the manifest.
        name: String,
        /// Its address.
        url: String,
        /// The server's answer.
        status: StatusCode,
    },
    /// What came was refused.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The writer's thread ended before it was done.
    #[error("writing {0} was stopped")]
    Stopped(String),
}

/// Fetches a target into the store.
pub(super) async fn download(
    target: &Target,
    url: &str,
    lock: &Lock,
    progress: &dyn Progress,
) -> Result<(), DownloadError> {
    let step = Step::start(progress, &format!("fetching {}", target.file.name), Some(target.file.size));
    let transfer = Transfer { target, url, lock, tag: beside(&part_path(&target.path), ".etag") };
    let result = transfer.run(&step).await;
    let refused = matches!(&result, Err(DownloadError::Part(error)) if !error.is_ours());
    if result.is_ok() || refused {
        // In place, or wrong: either way there is nothing left to continue.
        fs::remove_file(part_path(&target.path)).await.ok();
        fs::remove_file(&transfer.tag).await.ok();
    }
    result
}

struct Transfer<'a> {
    target: &'a Target,
    url: &'a str,
    lock: &'a Lock,
    /// Where the entity tag of the kept bytes lies.
    tag: PathBuf,
}

impl Transfer<'_> {
    async fn run(&self, step: &Step<'_>) -> Result<(), DownloadError> {
        let size = self.target.file.size;
        let mut kept = fs::metadata(part_path(&self.target.path)).await.map_or(0, |metadata| metadata.len());
        if kept > size {
            kept = 0;
        }
        if kept == size {
            // Everything had arrived when the earlier pull was stopped.
            return self.write(None, kept, step).await;
        }
        let mut response = self.ask(kept).await?;
        if kept > 0 && !self.continues(&response, kept).await {
            if response.status() != StatusCode::OK {
                response = self.ask(0).await?;
            }
            kept = 0;
        }
        if !response.status().is_success() {
            let (name, url) = (self.target.file.name.clone(), self.url.to_owned());
            return Err(DownloadError::Status { name, url, status: response.status() });
        }
        if let Some(announced) = response.content_length().filter(|announced| announced + kept != size) {
            return Err(size_error(self.target, (announced + kept).to_string()).into());
        }
        self.keep_tag(&response).await;
        self.write(Some(response), kept, step).await
    }

    async fn ask(&self, kept: u64) -> Result<Response, DownloadError> {
        let client = client().map_err(|error| self.broken(&error, kept))?;
        let mut request = client.get(self.url);
        if kept > 0 {
            request = request.header(RANGE, format!("bytes={kept}-"));
            if let Ok(tag) = fs::read_to_string(&self.tag).await {
                request = request.header(IF_RANGE, tag);
            }
        }
        request.send().await.map_err(|error| self.broken(&error, kept))
    }

    /// Whether an answer is the rest of the very file whose beginning we have.
    async fn continues(&self, response: &Response, kept: u64) -> bool {
        let range = format!("bytes {kept}-{}/{}", self.target.file.size - 1, self.target.file.size);
        let tag = fs::read_to_string(&self.tag).await.ok();
        response.status() == StatusCode::PARTIAL_CONTENT
            && text(response.headers(), CONTENT_RANGE.as_str()) == Some(&range)
            && (tag.is_none() || tag.as_deref() == text(response.headers(), ETAG.as_str()))
    }

    async fn keep_tag(&self, response: &Response) {
        // A weak tag promises the same meaning, not the same bytes, so it cannot be continued under.
        let tag = text(response.headers(), ETAG.as_str()).filter(|tag| tag.starts_with('"'));
        // Without the tag the rest is asked for all the same; the checksum has the last word.
        match tag {
            Some(tag) => {
                if let Some(folder) = self.tag.parent() {
                    fs::create_dir_all(folder).await.ok();
                }
                fs::write(&self.tag, tag).await.ok();
            }
            None => drop(fs::remove_file(&self.tag).await),
        }
    }

    /// Hands what arrives to a thread that hashes and writes.
    async fn write(&self, response: Option<Response>, kept: u64, step: &Step<'_>) -> Result<(), DownloadError> {
        let (pieces, mut arriving) = mpsc::channel::<bytes::Bytes>(16);
        let (target, lock) = (self.target.clone(), self.lock.clone());
        let writer = spawn_blocking(move || -> Result<Part, PartError> {
            let _held = lock;
            let mut part = if kept > 0 { Part::resume(target)? } else { Part::create(target)? };
            while let Some(piece) = arriving.blocking_recv() {
                part.write(&piece)?;
            }
            Ok(part)
        });
        step.advance(kept);
        let mut got = kept;
        let mut broken = None;
        let mut response = response;
        while let Some(from) = &mut response {
            match from.chunk().await {
                Ok(Some(piece)) => {
                    let bytes = piece.len() as u64;
                    if pieces.send(piece).await.is_err() {
                        break; // The writer refused a piece; its answer says why.
                    }
                    got += bytes;
                    step.advance(bytes);
                }
                Ok(None) => break,
                Err(error) => {
                    broken = Some(self.broken(&error, got));
                    break;
                }
            }
        }
        drop(pieces);
        let stopped = |_| DownloadError::Stopped(self.target.file.name.clone());
        let part = writer.await.map_err(stopped)??;
        match broken {
            Some(error) => Err(error),
            None => Ok(spawn_blocking(move || part.finish()).await.map_err(stopped)??),
        }
    }

    fn broken(&self, error: &reqwest::Error, kept: u64) -> DownloadError {
        // The causes below say more than the error itself, which mostly repeats the address.
        let mut why = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(below) = cause {
            why = below.to_string();
            cause = below.source();
        }
        let (name, url) = (self.target.file.name.clone(), self.url.to_owned());
        DownloadError::Broken { name, url, why, kept, size: self.target.file.size }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn client() -> reqwest::Result<Client> {
    // Fails only when someone installed a provider before, which serves as well.
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().connect_timeout(Duration::from_secs(30)).read_timeout(Duration::from_secs(60)).build()
}

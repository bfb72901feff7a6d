//! Connections: how many there may be, and how long the head of a request may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How many connections may be open at once; further ones wait to be taken up.
const CONNECTIONS_MAX: usize = 2000;
/// How long the head of a request may take; also how long a connection may lie idle between two requests.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The largest head of a request.
const HEAD_BYTES: usize = 32 << 10;
/// How long nothing is taken up after the system refused to.
const BREATH: Duration = Duration::from_millis(50);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves until the task is dropped.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let seats = Arc::new(Semaphore::new(seats(&limits)));
    loop {
        let Ok(seat) = seats.clone().acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(taken) => taken,
            Err(error) => {
                // Too many open files, most likely: the ones that are open must end first.
                tracing::warn!(%error, "a connection could not be taken up");
                breathe().await;
                continue;
            }
        };
        let service = TowerToHyperService::new(router.clone().layer(Extension(Peer(peer))));
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
            if let Err(error) = http.serve_connection(TokioIo::new(stream), service).await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(seat);
        });
    }
}

/// How many connections may be open where a process may open so many files: at most half of them, so that feeds, mails and
/// the store have the other half.
fn seats(limits: &str) -> usize {
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let soft: Option<usize> = soft.and_then(|number| number.parse().ok());
    soft.map_or(CONNECTIONS_MAX, |files| (files / 2).clamp(1, CONNECTIONS_MAX))
}

async fn breathe() {
    let mut pause = tokio::time::interval(BREATH);
    pause.tick().await;
    pause.tick().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_gets_half_of_what_may_be_open() {
        let limits =
            |files: &str| format!("Limit   Soft Limit  Hard Limit  Units\nMax open files   {files}  4096  files\n");
        for (text, expected) in
            [(limits("256"), 128), (limits("unlimited"), 2000), (String::new(), 2000), (limits("1"), 1)]
        {
            assert_eq!(seats(&text), expected, "{text}");
        }
    }
}

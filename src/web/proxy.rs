//! Where a request came from when proxies passed it on. Their headers count only from addresses that the configuration names.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::Web;
use super::serve::Peer;
use crate::config::Network;

/// Sets who asks, and by which name, to what a proxy that is believed says.
pub(super) async fn believed(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    if let Some(peer) = peer.filter(|peer| is_proxy(&web.proxies, peer.ip())) {
        if let Some(from) = origin(&web.proxies, request.headers()) {
            request.extensions_mut().insert(Peer(SocketAddr::new(from, peer.port())));
        }
        if let Some(host) = request.headers().get("x-forwarded-host").cloned() {
            request.headers_mut().insert(header::HOST, host);
        }
    }
    next.run(request).await
}

fn is_proxy(proxies: &[Network], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(address))
}

/// The last address of `X-Forwarded-For` that is no proxy of ours: what stands before it anybody may have written.
fn origin(proxies: &[Network], headers: &HeaderMap) -> Option<IpAddr> {
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value: &HeaderValue| value.to_str().ok()).collect();
    let mut addresses = lines.iter().rev().flat_map(|line| line.split(',').rev()).map(str::trim);
    loop {
        let address: IpAddr = addresses.next()?.parse().ok()?;
        if !is_proxy(proxies, address) {
            return Some(address);
        }
    }
}

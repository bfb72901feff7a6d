//! The stream of changes: server-sent events that say what is new by id, so that a page asks again for what it shows.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::problem::Problem;
use crate::web::Web;
use crate::web::news::Change;
use crate::web::who::Guest;

/// A sign of life this often, so that both ends notice when the other is gone.
const ALIVE: Duration = Duration::from_secs(15);

/// What changes, as server-sent events: `hello` at first, then `changed` with ids for each turn that changed something you
/// may see, and `reload` when you were too slow to be told everything.
#[utoipa::path(
    get, path = "/events/stream", tag = "hazards",
    responses(
        (status = 200, description = "The stream", body = Change, content_type = "text/event-stream"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not from here", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn stream(
    State(web): State<Web>,
    guest: Guest,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let heard = Heard { news: web.news.listen(), is_new: true, web, guest };
    let events = stream::unfold(heard, |mut heard| async move {
        let event = heard.next().await?;
        Some((Ok(event), heard))
    });
    // A comment would keep the connection, but no script hears comments; nor does it hear of an event without data.
    let alive = Event::default().event("alive").data("yes");
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE).event(alive))
}

struct Heard {
    news: Receiver<Arc<Change>>,
    is_new: bool,
    web: Web,
    guest: Guest,
}

impl Heard {
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.is_new) {
            return Some(Event::default().event("hello").data(self.web.clock.now().to_string()));
        }
        loop {
            match self.news.recv().await {
                Ok(change) => {
                    let seen = change.seen(|dealer| self.guest.sees(&self.web.portfolio.get(), dealer));
                    let Some(seen) = seen else { continue };
                    let event = Event::default().event("changed").id(seen.number.to_string());
                    return event.json_data(&seen).ok();
                }
                Err(RecvError::Lagged(_)) => return Some(Event::default().event("reload").data("everything")),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

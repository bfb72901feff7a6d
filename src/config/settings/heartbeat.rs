//! `[heartbeat]`: an address that hears from us as long as we live.

use std::time::Duration;

use url::Url;

use super::HeartbeatConfig;
use super::section::Section;
use crate::domain::Secret;

pub(super) fn read(section: &mut Section<'_>) -> Option<HeartbeatConfig> {
    const HINT: &str = "write the address of a dead man's switch: https://…";
    let url = section.needed_text("url", HINT);
    let every = section.duration("every", Duration::from_millis(10)..=Duration::from_hours(24));
    let url = url?;
    let is_good = Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_good {
        section.fatal("url", "this is no http or https address", HINT);
        return None;
    }
    Some(HeartbeatConfig { url: Secret::new(url), every: every.unwrap_or(Duration::from_mins(5)) })
}

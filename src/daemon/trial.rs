//! One message on each of a person's channels, now: does what the configuration says work?

use super::SystemClock;
use super::routes::{EMAIL, routes, sender_domain};
use crate::config::Config;
use crate::domain::{
    Clock as _, Delivery, DocumentHash, EventId, Language, Level, Notice, NoticeId, Person, Timestamp,
};
use crate::notifiers::NotifierError;

/// What came of the test on one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The channel.
    pub channel: String,
    /// What the server said; `None` when there is no such channel.
    pub delivery: Option<Delivery>,
}

/// Sends a test message to a person on each channel, in order; `None` for mail and all channels of the person. Nothing
/// is tried twice and nothing is kept.
///
/// # Errors
/// When a channel cannot be set up at all.
pub async fn try_channels(
    config: &Config,
    person: &Person,
    channel: Option<&str>,
) -> Result<Vec<Tried>, NotifierError> {
    let routes = routes(config, None)?;
    let channels: Vec<&str> = match channel {
        Some(channel) => vec![channel],
        None => std::iter::once(EMAIL).chain(person.channels.iter().map(String::as_str)).collect(),
    };
    let mut tried = Vec::new();
    for channel in channels {
        let now = SystemClock.now();
        let notice = test_notice(person, channel, &sender_domain(config), &config.base_url, now);
        let delivery = match routes.get(channel) {
            Some(route) => Some(route.notifier.deliver(&notice, now).await),
            None => None,
        };
        tried.push(Tried { channel: channel.to_owned(), delivery });
    }
    Ok(tried)
}

fn test_notice(person: &Person, channel: &str, domain: &str, base_url: &str, now: Timestamp) -> Notice {
    let (subject, text) = match person.language {
        Language::Chinese => ("Seawall 测试消息", "这是一条测试消息，不是警报，无需处理。收到它说明这个渠道可用。"),
        Language::English => (
            "Seawall: a test message",
            "This is a test, no warning: nothing needs to be done. That you read it shows that this channel works.",
        ),
    };
    let text = format!("{text}\n\n{base_url}/\n");
    let digits = DocumentHash::of(format!("test\0{}\0{channel}\0{now}", person.id).as_bytes());
    let id: String = digits.digits().chars().take(32).collect();
    Notice {
        message_id: format!("<{id}@{domain}>"),
        id: NoticeId::new(&id),
        person: person.id.clone(),
        channel: channel.to_owned(),
        to_name: person.name.clone(),
        to: person.email.clone(),
        event: EventId::new("test"),
        alerts: Vec::new(),
        level: Level::Watch,
        act_by: None,
        why: vec!["test".to_owned()],
        lang: person.language.tag().to_owned(),
        subject: subject.to_owned(),
        references: Vec::new(),
        html: format!(
            "<html lang=\"{}\"><body><p>{}</p></body></html>\n",
            person.language.tag(),
            text.trim().replace("\n\n", "</p><p>")
        ),
        text,
        list_unsubscribe: None,
        attachments: Vec::new(),
        queued_at: now,
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

//! A channel over HTTP: what a service makes of a notice, and the notifier that hands it over.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::http::{Answer, Http, NoAnswer, Request, by_status};
use super::pace::{Limit, Pace};
use super::{ALL, Notifier, NotifierError};
use crate::domain::{Delivery, Notice, Secret, Span, Timestamp};

/// The longest fault in characters.
const FAULT_CHARS_MAX: usize = 300;
/// What of an address is no secret however long: it is shorter than any key.
const SECRET_BYTES_MIN: usize = 6;

/// One channel of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSettings {
    /// Its id, as people's `channels` name it.
    pub id: String,
    /// Its kind: that of one of [`ALL`].
    pub kind: String,
    /// Where messages go. For most services it bears the key.
    pub url: Secret,
    /// What signs; the first is the newest, all sign where the service allows several.
    pub secrets: Vec<Secret>,
    /// Plain text instead of the service's form, where it has both.
    pub is_plain: bool,
    /// What our links begin with, without a slash at the end.
    pub base_url: String,
    /// The time for one message, from connecting to the end of the answer.
    pub timeout: Duration,
}

/// A kind of service. Everything here is pure.
pub trait Channel: Sync {
    /// Its name in the configuration.
    fn kind(&self) -> &'static str;

    /// How many messages one address takes in a time.
    fn limits(&self) -> &'static [Limit] {
        &[]
    }

    /// True when overstepping closes the door for so long that we wait after a start, too, until what an earlier run sent
    /// no longer counts.
    fn is_strict(&self) -> bool {
        false
    }

    /// The request that carries a notice. The same notice, settings and instant give the same bytes.
    #[doc(hidden)]
    fn request(&self, notice: &Notice, settings: &ChannelSettings, now: Timestamp) -> Outgoing;

    /// What the body of an answer with a good status says.
    #[doc(hidden)]
    fn heard(&self, _body: &[u8]) -> Heard {
        Heard::Taken
    }
}

/// A request on its way; opaque outside of this room.
#[derive(Debug)]
pub struct Outgoing(pub(super) Request);

/// What a service said of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It has it.
    Taken,
    /// Not now.
    Later(String),
    /// Too many; none before so long.
    TooOften(String, Span),
    /// Not this, or not from us: trying again is of no use.
    Never(String),
}

/// The kind of that name.
#[must_use]
pub fn channel_kind(kind: &str) -> Option<&'static dyn Channel> {
    ALL.iter().copied().find(|channel| channel.kind() == kind)
}

/// Hands notices to one channel.
pub struct ChannelNotifier {
    channel: &'static dyn Channel,
    settings: ChannelSettings,
    http: Http,
    pace: Mutex<Pace>,
}

impl fmt::Debug for ChannelNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelNotifier").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl ChannelNotifier {
    /// Connects to nothing yet. `started` is the instant, or `None` for a single message outside of the daemon.
    ///
    /// # Errors
    /// When there is no such kind, or TLS cannot be set up.
    pub fn new(settings: ChannelSettings, started: Option<Timestamp>) -> Result<Self, NotifierError> {
        let channel = channel_kind(&settings.kind)
            .ok_or_else(|| NotifierError::NoSuchKind { id: settings.id.clone(), kind: settings.kind.clone() })?;
        let http = Http::new(settings.timeout)?;
        let mut pace = Pace::new(channel.limits());
        let longest = channel.limits().iter().map(|limit| limit.within).max();
        if let (true, Some(started), Some(longest)) = (channel.is_strict(), started, longest) {
            pace.close(started.checked_add(longest).unwrap_or(started));
        }
        Ok(Self { channel, settings, http, pace: Mutex::new(pace) })
    }

    async fn attempt(&self, notice: &Notice, now: Timestamp) -> Delivery {
        if let Err(until) = self.pace().enter(now) {
            return Delivery::Held(until);
        }
        let Outgoing(request) = self.channel.request(notice, &self.settings, now);
        let answer = self.http.send(request, now).await;
        let delivery = self.verdict(answer, now);
        if let Delivery::NotBefore(until, _) = &delivery {
            // What it said to one message holds for all.
            self.pace().close(*until);
        }
        delivery
    }

    fn verdict(&self, answer: Result<Answer, NoAnswer>, now: Timestamp) -> Delivery {
        let delivery = match answer {
            Err(NoAnswer(words)) => Delivery::Later(words),
            Ok(answer) => by_status(&answer).unwrap_or_else(|| match self.channel.heard(&answer.body) {
                Heard::Taken => Delivery::Taken,
                Heard::Later(fault) => Delivery::Later(fault),
                Heard::TooOften(fault, wait) => Delivery::NotBefore(now.checked_add(wait).unwrap_or(now), fault),
                Heard::Never(fault) => Delivery::Never(fault),
            }),
        };
        match delivery {
            Delivery::Later(fault) => Delivery::Later(self.fault(&fault)),
            Delivery::NotBefore(at, fault) => Delivery::NotBefore(at, self.fault(&fault)),
            Delivery::Never(fault) => Delivery::Never(self.fault(&fault)),
            taken => taken,
        }
    }

    /// The fault with the channel's name, in one short line, without anything that may be a key or an address.
    fn fault(&self, words: &str) -> String {
        let ChannelSettings { id, kind, .. } = &self.settings;
        let words = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
        let words = words.map(|word| if word.contains('@') { "<address>" } else { word });
        let mut words = words.collect::<Vec<_>>().join(" ");
        for secret in self.secrets() {
            words = words.replace(&secret, "…");
        }
        format!("channel `{id}` ({kind}): {words}").chars().take(FAULT_CHARS_MAX).collect()
    }

    /// Everything of the settings that may be a key, the longest first.
    fn secrets(&self) -> Vec<String> {
        let url = self.settings.url.reveal();
        let path = url.split_once("://").and_then(|(_, rest)| Some(rest.split_once('/')?.1)).unwrap_or_default();
        let mut secrets: Vec<String> = path.split(['/', '?', '&', '=', '#']).map(str::to_owned).collect();
        secrets.extend([url.to_owned(), path.to_owned()]);
        for secret in &self.settings.secrets {
            secrets.extend(secret.reveal().split('_').map(str::to_owned));
            secrets.push(secret.reveal().to_owned());
        }
        secrets.retain(|secret| secret.len() >= SECRET_BYTES_MIN);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets
    }

    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notifier for ChannelNotifier {
    fn channel(&self) -> &str {
        &self.settings.id
    }

    fn deliver<'a>(
        &'a self,
        notice: &'a Notice,
        now: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Delivery> + Send + 'a>> {
        Box::pin(self.attempt(notice, now))
    }
}

//! The ways out of the house: mail, and the channels of the configuration, each with the notifier that goes it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use crate::config::{ChannelConfig, Config, SmtpTls};
use crate::domain::{Delivery, Person, Portfolio, Timestamp};
use crate::notifiers::email::{DkimSettings, EmailNotifier, EmailSettings, Tls};
use crate::notifiers::{ChannelNotifier, ChannelSettings, Notifier, NotifierError};

/// The id of mail in [`crate::domain::Notice::channel`].
pub(super) const EMAIL: &str = "email";
/// Messages on their way to one channel at the same time.
const CHANNEL_AT_ONCE: usize = 2;

/// One way out.
pub(super) struct Route {
    pub(super) notifier: Arc<dyn Notifier>,
    /// People served at the same time.
    pub(super) turns: Semaphore,
    is_failing: AtomicBool,
}

/// All ways out by channel.
pub(super) type Routes = BTreeMap<String, Arc<Route>>;

impl Route {
    fn new(notifier: Arc<dyn Notifier>, at_once: usize) -> Self {
        Self { notifier, turns: Semaphore::new(at_once.max(1)), is_failing: AtomicBool::new(false) }
    }

    /// Remembers how the newest delivery went.
    pub(super) fn note(&self, delivery: &Delivery) {
        match delivery {
            Delivery::Taken => self.is_failing.store(false, Ordering::Relaxed),
            Delivery::Later(_) | Delivery::NotBefore(..) | Delivery::Never(_) => {
                self.is_failing.store(true, Ordering::Relaxed);
            }
            Delivery::Held(_) | Delivery::Overtaken(_) => {}
        }
    }

    /// True when the newest delivery by it failed.
    pub(super) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }
}

/// The ways out that the configuration names. `started` as in [`ChannelNotifier::new`].
pub(super) fn routes(config: &Config, started: Option<Timestamp>) -> Result<Routes, NotifierError> {
    let email: Arc<dyn Notifier> = Arc::new(EmailNotifier::new(&email_settings(config))?);
    let mut routes = Routes::new();
    routes.insert(EMAIL.to_owned(), Arc::new(Route::new(email, config.smtp.max_sessions)));
    for channel in &config.channels {
        let notifier = ChannelNotifier::new(channel_settings(channel, &config.base_url), started)?;
        routes.insert(channel.id.clone(), Arc::new(Route::new(Arc::new(notifier), CHANNEL_AT_ONCE)));
    }
    Ok(routes)
}

fn channel_settings(channel: &ChannelConfig, base_url: &str) -> ChannelSettings {
    ChannelSettings {
        id: channel.id.clone(),
        kind: channel.kind.clone(),
        url: channel.url.clone(),
        secrets: channel.secrets.clone(),
        is_plain: channel.is_plain,
        base_url: base_url.to_owned(),
        timeout: channel.timeout,
    }
}

fn email_settings(config: &Config) -> EmailSettings {
    let smtp = &config.smtp;
    EmailSettings {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: match smtp.tls {
            SmtpTls::Implicit => Tls::Implicit,
            SmtpTls::StartTls => Tls::StartTls,
            SmtpTls::None => Tls::None,
        },
        user: smtp.user.clone(),
        password: smtp.password.clone(),
        from: smtp.from.clone(),
        reply_to: None,
        timeout: smtp.timeout,
        extra_ca_file: smtp.extra_ca_file.clone(),
        connections_max: smtp.max_sessions,
        per_minute: smtp.per_minute,
        dkim: smtp.dkim.as_ref().map(|dkim| DkimSettings {
            domain: dkim.domain.clone(),
            selector: dkim.selector.clone(),
            key_file: dkim.key_file.clone(),
        }),
    }
}

/// The domain after the `@` of Message-IDs: that of the sender's address.
pub(super) fn sender_domain(config: &Config) -> String {
    let domain = config.smtp.from.rsplit('@').next().unwrap_or_default().trim_end_matches('>').trim();
    if domain.is_empty() { "localhost".to_owned() } else { domain.to_owned() }
}

/// People's channels that are not in the configuration: nobody would be reached by them.
#[must_use]
pub fn unknown_channels<'p>(config: &Config, portfolio: &'p Portfolio) -> Vec<(&'p Person, &'p str)> {
    let is_known = |id: &str| id == EMAIL || config.channels.iter().any(|channel| channel.id == id);
    let of_person = |person: &'p Person| person.channels.iter().map(move |id| (person, id.as_str()));
    portfolio.people.values().flat_map(of_person).filter(|(_, id)| !is_known(id)).collect()
}

//! Weather made for the day of the test: a typhoon on its way to Taizhou, and official warnings.

use std::fmt::Write as _;

use seawall::domain::{Span, Timestamp};

const ADVISORIES: i64 = 4;

/// The weather, counted from the last full hour before the test began.
pub(crate) struct Weather {
    base: Timestamp,
}

impl Weather {
    /// Weather of today; the daemon under test lives in real time.
    #[expect(clippy::disallowed_methods, reason = "the process under test has a real clock, and so has its weather")]
    pub(crate) fn today() -> Self {
        let second = Timestamp::now().as_second() / 3600 * 3600;
        Self { base: Timestamp::from_second(second).expect("today is within range") }
    }

    /// Weather of a year ago, as it stands where nobody clears away.
    pub(crate) fn of_last_year() -> Self {
        Self { base: Self::today().at_h(-365 * 24) }
    }

    /// The base hour: the issue time of the fourth forecast.
    pub(crate) fn base(&self) -> Timestamp {
        self.base
    }

    /// How many seconds ago the base hour was.
    #[expect(clippy::disallowed_methods, reason = "the process under test has a real clock, and so has its weather")]
    pub(crate) fn age_s(&self) -> i64 {
        Timestamp::now().as_second() - self.base.as_second()
    }

    /// An a-deck with the first so many of four forecasts of one typhoon, six hours apart, the last of the base hour.
    /// Each has the storm stronger and at Taizhou twelve hours earlier than the one before: 84, 72, 60, 48 h after the
    /// base.
    pub(crate) fn a_deck(&self, advisories: i64) -> Vec<u8> {
        let mut deck = String::new();
        for advisory in 0..advisories.min(ADVISORIES) {
            let age_h = 6 * (ADVISORIES - 1 - advisory);
            let dtg = self.at_h(-age_h).strftime("%Y%m%d%H").to_string();
            for tau in (0..=120).step_by(12) {
                row(&mut deck, &dtg, tau, age_h, advisory);
            }
        }
        deck.into_bytes()
    }

    /// An Atom index that points to these paths.
    pub(crate) fn index(&self, links: &[&str]) -> Vec<u8> {
        let updated = self.at_h(links.len().try_into().unwrap_or_default());
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
             <id>urn:test:index</id><title>Warnings</title><updated>{updated}</updated>\n"
        );
        for link in links {
            writeln!(
                text,
                "<entry><id>{link}</id><title>A warning</title><updated>{updated}</updated>\
                 <link rel=\"alternate\" type=\"application/cap+xml\" href=\"{link}\"/></entry>"
            )
            .expect("a string takes all");
        }
        text.push_str("</feed>\n");
        text.into_bytes()
    }

    /// A CAP warning number `number` over a box around one of the portfolio's sites.
    pub(crate) fn warning(&self, number: u32, place: Place, severity: &str) -> Vec<u8> {
        let event = format!("Rainstorm {number}");
        self.cap(&format!("seawall-test-{number}"), &event, place, severity)
    }

    fn cap(&self, identifier: &str, event: &str, place: Place, severity: &str) -> Vec<u8> {
        let sent = self.sent();
        let (onset, expires) = (self.at_h(12), self.at_h(72));
        let Place { name, polygon } = place;
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n\
             <identifier>{identifier}</identifier><sender>warnings@example.org</sender><sent>{sent}</sent>\n\
             <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>\n\
             <info><language>en</language><category>Met</category><event>{event}</event>\n\
             <urgency>Expected</urgency><severity>{severity}</severity><certainty>Likely</certainty>\n\
             <onset>{}</onset><expires>{}</expires><headline>Rainstorm warning for {name}</headline>\n\
             <description>Heavy rain is expected.</description>\n\
             <area><areaDesc>{name}</areaDesc><polygon>{polygon}</polygon></area></info></alert>\n",
            cap_time(onset),
            cap_time(expires),
        )
        .into_bytes()
    }

    fn sent(&self) -> String {
        cap_time(self.base)
    }

    fn at_h(&self, hours: i64) -> Timestamp {
        self.base.checked_add(Span::from_hours(hours)).expect("today is within range")
    }
}

/// One point of a forecast, with a line for each wind radius.
#[expect(clippy::cast_precision_loss, reason = "hours of a forecast")]
fn row(deck: &mut String, dtg: &str, tau: i64, age_h: i64, advisory: i64) {
    // From 20.0 N 129.5 E at the forecast's hour to Taizhou at its own pace, and on.
    let share = tau as f64 / (84 - 12 * advisory + age_h) as f64;
    let lat = ((20.0 + 8.6 * share) * 10.0).round();
    let lon = ((129.5 - 8.0 * share) * 10.0).round();
    let vmax = 85 + 5 * advisory;
    let radii = [(34, [150, 140, 110, 130]), (50, [80, 75, 60, 70]), (64, [45, 40, 30, 40])];
    for (kt, [ne, se, sw, nw]) in radii {
        writeln!(
            deck,
            "WP, 31, {dtg}, 03, JTWC, {tau:3}, {lat:.0}N, {lon:.0}E, {vmax}, 950, TY, {kt}, NEQ, {ne:4}, {se:4}, {sw:4}, \
             {nw:4}, 1000, 200, 20, 0, 0, W, 0, XXX, 320, 9, TESTWIND,"
        )
        .expect("a string takes all");
    }
}

/// CAP wants an offset in digits.
fn cap_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Where a warning is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    name: &'static str,
    polygon: &'static str,
}

/// A box with the sites of Taizhou in it.
pub(crate) const TAIZHOU: Place =
    Place { name: "Taizhou", polygon: "28.3,120.9 28.3,121.9 29.3,121.9 29.3,120.9 28.3,120.9" };
/// A box with the sites of Wenzhou in it.
pub(crate) const WENZHOU: Place =
    Place { name: "Wenzhou", polygon: "27.6,120.4 27.6,121.2 28.2,121.2 28.2,120.4 27.6,120.4" };

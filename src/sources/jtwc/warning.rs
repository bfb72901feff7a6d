//! A warning: where the storm is, where it will be, and how far its winds reach.
//!
//! ```text
//! SUBJ/TYPHOON 17W (SAUDEL) WARNING NR 017//
//!    221200Z --- NEAR 19.6N 144.8E
//!    MAX SUSTAINED WINDS - 105 KT, GUSTS 130 KT
//!    RADIUS OF 064 KT WINDS - 040 NM NORTHEAST QUADRANT
//!                             040 NM SOUTHEAST QUADRANT …
//!    12 HRS, VALID AT:
//!    230000Z --- 21.1N 142.5E …
//! REMARKS: … MINIMUM CENTRAL PRESSURE AT 221200Z IS 956 MB. …
//! ```
//!
//! It is read word by word up to the remarks. A storm that is `DISSIPATED` in a block keeps the place and the wind that
//! the block gives; a block without a place is none. "This is the final warning on this system" is JTWC's last word.

use super::FORMAT;
use super::message::{Clock, Message, key_of, subject};
use super::words::{after, flat, name, number, position_of, storm_code};
use crate::domain::{Averaging, Bulletin, Fix, Hazard, HazardText, MsgType, Span, Technique, Timestamp, WindRadii};
use crate::sources::formats::cyclone::{Cyclone, in_order, km_of_nmi, radii, sound_pressure, sound_wind};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::storm_key::{status, storm_of_code};

/// The words that begin a warning's prose.
const REMARKS: &str = "REMARKS:";

/// What a warning says of the storm, read from its words.
#[derive(Debug, Default)]
pub(in crate::sources) struct Prose {
    /// Its fixes, the analysis first.
    pub(in crate::sources) fixes: Vec<Fix>,
    /// JTWC's last warning.
    pub(in crate::sources) is_last: bool,
    /// Blocks whose time is not the analysis and their hours.
    odd_times: usize,
    /// True when there are remarks: a warning without is torn.
    is_whole: bool,
}

impl Prose {
    /// Reads the words of a warning whose dates are near `about`.
    pub(in crate::sources) fn read<'a>(words: impl Iterator<Item = &'a str>, about: Timestamp) -> Self {
        let mut reader = Reader { words: words.peekable(), clock: Clock { issued: about }, prose: Self::default() };
        let mut hours = None;
        while let Some(word) = reader.words.next() {
            match word {
                REMARKS => {
                    reader.prose.is_whole = true;
                    break;
                }
                "SUSTAINED" => reader.winds(),
                "RADIUS" => reader.radii(),
                _ if reader.words.peek().is_some_and(|next| next.trim_end_matches(',') == "HRS") => {
                    hours = word.parse().ok();
                }
                _ if reader.words.peek() == Some(&"---") => reader.place(word, hours.take()),
                _ => {}
            }
        }
        let remarks: Vec<_> = reader.words.collect();
        let mut prose = reader.prose;
        prose.read_remarks(&remarks.join(" "), Clock { issued: about });
        prose
    }

    fn read_remarks(&mut self, remarks: &str, clock: Clock) {
        self.is_last = remarks.contains("FINAL WARNING");
        let Some(pressure) = after(remarks, "MINIMUM CENTRAL PRESSURE AT") else { return };
        let Some((at, rest)) = pressure.split_once(' ') else { return };
        let pmin = rest.strip_prefix("IS ").and_then(number).and_then(sound_pressure);
        let time = clock.at(at);
        if let Some(fix) = self.fixes.iter_mut().find(|fix| Some(fix.time) == time) {
            fix.pmin_hpa = pmin;
        }
    }
}

struct Reader<'a, I: Iterator<Item = &'a str>> {
    words: std::iter::Peekable<I>,
    clock: Clock,
    prose: Prose,
}

impl<'a, I: Iterator<Item = &'a str>> Reader<'a, I> {
    /// `230000Z --- 21.1N 142.5E`, the first word being read; a block without a place is passed over.
    fn place(&mut self, time: &str, hours: Option<i32>) {
        self.words.next();
        self.words.next_if_eq(&"NEAR");
        let (Some(stated), Some(lat)) = (self.clock.at(time), self.words.next_if(|word| is_degrees(word))) else {
            return;
        };
        let Some(position) = self.words.next().and_then(|lon| position_of(lat, lon)) else { return };
        let Some(analysis) = self.prose.fixes.first().map(|fix| fix.time) else {
            self.prose.fixes.push(Fix::at(stated, 0, position));
            return;
        };
        let hours = hours.filter(|hours| (1..=240).contains(hours));
        let told = hours.and_then(|hours| analysis.checked_add(Span::from_hours(i64::from(hours))).ok());
        self.prose.odd_times += usize::from(told.is_some_and(|told| told != stated));
        let time = told.unwrap_or(stated);
        let tau_h = i32::try_from(time.duration_since(analysis).as_hours()).unwrap_or(0);
        self.prose.fixes.push(Fix::at(time, tau_h, position));
    }

    /// `MAX SUSTAINED WINDS - 115 KT, GUSTS 140 KT`
    fn winds(&mut self) {
        if self.words.next_if_eq(&"WINDS").is_none() || self.words.next_if_eq(&"-").is_none() {
            return;
        }
        let vmax = self.words.next().and_then(number).and_then(sound_wind);
        self.words.next_if(|word| word.starts_with("KT"));
        let gust = if self.words.next_if_eq(&"GUSTS").is_some() { self.words.next().and_then(number) } else { None };
        if let Some(fix) = self.prose.fixes.last_mut() {
            fix.vmax_kt = vmax;
            fix.gust_kt = gust.filter(|gust| (1.0..=350.0).contains(gust));
        }
    }

    /// `RADIUS OF 064 KT WINDS - 040 NM NORTHEAST QUADRANT 040 NM SOUTHEAST QUADRANT …`
    fn radii(&mut self) {
        if self.words.next_if_eq(&"OF").is_none() {
            return;
        }
        let kt = self.words.next().and_then(|word| word.parse::<u32>().ok()).filter(|kt| (1..=200).contains(kt));
        while self.words.next_if(|word| matches!(*word, "KT" | "KNOT" | "WINDS" | "-")).is_some() {}
        let mut reach: [Option<f64>; 4] = [None; 4];
        while let Some(nmi) = self.words.next_if(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            let nmi = number(nmi);
            self.words.next_if_eq(&"NM");
            let mut where_from = None;
            while let Some(word) = self.words.next_if(|word| is_part(word)) {
                where_from = where_from.or(Some(word.trim_end_matches(',')));
            }
            for at in quadrants(where_from.unwrap_or_default()) {
                if let Some(slot) = reach.get_mut(*at).filter(|slot| slot.is_none()) {
                    *slot = nmi;
                }
            }
        }
        let km = reach.map(|nmi| km_of_nmi(nmi.unwrap_or(0.0)));
        let (Some(radii), Some(fix)) = (kt.and_then(|kt| radii(kt, km)), self.prose.fixes.last_mut()) else { return };
        if !fix.radii.iter().any(|known: &WindRadii| known.kt == radii.kt) {
            fix.radii.push(radii);
        }
    }
}

/// True for `21.1N`, not for `DISSIPATED`.
fn is_degrees(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(['N', 'S'])
}

/// True for the words that say of which part of the storm a radius is.
fn is_part(word: &str) -> bool {
    let word = word.trim_end_matches(',');
    matches!(word, "QUADRANT" | "SEMICIRCLE" | "ELSEWHERE" | "OVER" | "WATER") || !quadrants_named(word).is_empty()
}

/// Which of NE, SE, SW, NW; what names none is of all that have none yet.
fn quadrants(part: &str) -> &'static [usize] {
    match quadrants_named(part) {
        [] => &[0, 1, 2, 3],
        named => named,
    }
}

fn quadrants_named(part: &str) -> &'static [usize] {
    match part {
        "NORTHEAST" => &[0],
        "SOUTHEAST" => &[1],
        "SOUTHWEST" => &[2],
        "NORTHWEST" => &[3],
        "NORTH" | "NORTHERN" => &[0, 3],
        "EAST" | "EASTERN" => &[0, 1],
        "SOUTH" | "SOUTHERN" => &[1, 2],
        "WEST" | "WESTERN" => &[2, 3],
        _ => &[],
    }
}

/// The hazard of a warning.
pub(super) fn read(message: &Message<'_>, clock: Clock, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let subject = flat(subject(message.text));
    let prose = Prose::read(message.text.split_whitespace(), clock.issued);
    if prose.odd_times > 0 {
        let what = format!("{} forecast times differ from their hours; the hours are taken", prose.odd_times);
        log.push(message.minor(what));
    }
    if !prose.is_whole {
        log.push(message.fatal("the warning is cut off before its remarks").hint("fetch it again"));
    }
    let first = prose.fixes.first().map(|fix| (fix.time, fix.position));
    // The subject is typed by hand and sometimes lacks its end; the text's first paragraph says the same again.
    let code = storm_code(&subject).or_else(|| storm_code(after(message.text, "RMKS/").unwrap_or_default()));
    let (Some((analysed, position)), Some((code, rest))) = (first, code) else {
        log.push(message.fatal("the warning has no storm number or no position").hint("fetch it again"));
        return Vec::new();
    };
    let Some((basin, number)) = storm_of_code(code, Some(position)) else { return Vec::new() };
    let is_corrected = subject.contains("CORRECT") || subject.contains("RELOCATED") || subject.contains("AMENDED");
    let cyclone = Cyclone {
        issued: Some(clock.issued),
        name: name(rest),
        fixes: in_order(prose.fixes),
        texts: vec![text(message, &subject)],
        status: status(number),
        msg: if is_corrected { MsgType::Update } else { MsgType::Alert },
        is_last: prose.is_last || subject.contains("FINAL"),
        ..official(&key_of(basin, number, analysed, bulletin))
    };
    vec![cyclone.into_hazard(bulletin)]
}

/// JTWC's own track of a storm.
pub(super) fn official(key: &str) -> Cyclone {
    Cyclone::new(FORMAT, "jtwc", key, "JTWC", Technique::Official, Averaging::OneMinute)
}

fn text(message: &Message<'_>, subject: &str) -> HazardText {
    HazardText {
        lang: "en".to_owned(),
        event: "Tropical cyclone warning".to_owned(),
        headline: (!subject.is_empty()).then(|| subject.to_owned()),
        description: after(message.text, REMARKS).map(prose_of).filter(|text| !text.is_empty()),
        instruction: None,
    }
}

/// The words of a paragraph without the marks of its end.
pub(super) fn prose_of(text: &str) -> String {
    let text = text.split("NNNN").next().unwrap_or_default();
    flat(text.trim_end().trim_end_matches('/'))
}

//! `seawall replay`: the whole daemon over recorded bulletins under a simulated clock.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::books::{self, Books};
use super::{Outcome, archive, fit_portfolio, say, time};
use crate::daemon::{Archive, Replayed, replay_watched};
use crate::domain::{ApprovalLimits, Language, LinkKey, Portfolio, Span, State, Timestamp};
use crate::engine::Places;
use crate::notifiers::email::{self, Sender};
use crate::pictures::Album;
use crate::turn::{Letterhead, World};

/// Who writes the mails of a replay.
pub(super) const FROM: &str = "Seawall <seawall@example.com>";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The portfolio's folder
    #[arg(long, value_name = "DIR")]
    portfolio: PathBuf,
    /// The recorded bulletins and answers
    #[arg(long, value_name = "DIR")]
    archive: PathBuf,
    /// A folder laid over the shipped rules
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// From when; without it, the first record
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Until when; without it, a day after the last record
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Where `timeline.ndjson` and `mail/` go
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        say(&format!("error: --to {to} is before --from {from}\nhint: change the two round"));
        return Ok(Outcome::Unusable);
    }
    let Some((portfolio, mut faults)) = fit_portfolio(&args.portfolio) else { return Ok(Outcome::Unusable) };
    if !args.archive.is_dir() {
        let hint = "an archive is a folder of recorded bulletins; examples/rananim-2004/archive is one";
        say(&format!("error: {} is no folder\nhint: {hint}", args.archive.display()));
        return Ok(Outcome::Unusable);
    }
    let (archive, found) = archive::read(&args.archive)?;
    for (file, fault) in &found {
        say(&fault.in_file(&args.archive.join(file).display().to_string()));
    }
    faults.extend(found);
    if archive.bulletins.is_empty() {
        say(&format!(
            "error: {} holds no bulletin\nhint: a recorded one is named like 20040810T032000Z_jtwc_awp162004.dat",
            args.archive.display()
        ));
        return Ok(Outcome::Unusable);
    }
    let Some(books) = books::read(args.rules.as_deref())? else { return Ok(Outcome::Unusable) };
    let replayed = played(&portfolio, &archive, &books, None, (args.from, args.to))?;
    for (place, fault) in &replayed.faults {
        say(&fault.in_file(place));
    }
    write(&replayed, &args.out)?;
    let (lines, mails) = (replayed.timeline.len(), replayed.notices.len());
    let out = args.out.display();
    writeln!(io::stdout(), "{lines} lines in {out}/{TIMELINE}, {mails} mails in {out}/{MAIL}")?;
    if lines == 0 {
        say("warning: nothing happened between these times\nhint: leave out --from and --to to replay all of it");
    }
    Ok(if faults.is_empty() && replayed.faults.is_empty() { Outcome::Done } else { Outcome::Findings })
}

const TIMELINE: &str = "timeline.ndjson";
const MAIL: &str = "mail";

/// Replays with the letterhead of nobody in particular: links lead to this machine and are signed with a key
/// that everybody knows, so that the same input gives the same bytes.
pub(super) fn played(
    portfolio: &Portfolio,
    archive: &Archive,
    books: &Books,
    language: Option<Language>,
    when: (Option<Timestamp>, Option<Timestamp>),
) -> anyhow::Result<Replayed> {
    watched(portfolio, archive, books, language, when, &mut |_, _| {})
}

/// The same, showing the state after each turn.
pub(super) fn watched(
    portfolio: &Portfolio,
    archive: &Archive,
    books: &Books,
    language: Option<Language>,
    when: (Option<Timestamp>, Option<Timestamp>),
    watch: &mut dyn FnMut(Timestamp, &State),
) -> anyhow::Result<Replayed> {
    let letterhead = nobody_s(language);
    let places = Places::new(portfolio);
    let world = World {
        portfolio,
        places: &places,
        rules: &books.rules,
        playbooks: &books.playbooks,
        texts: &books.texts,
        models: books.models(),
        letterhead: &letterhead,
        limits: &ApprovalLimits::NONE,
        watches: &[],
    };
    Ok(replay_watched(&world, archive, when, watch)?)
}

/// A letterhead of nobody in particular.
pub(super) fn nobody_s(language: Option<Language>) -> Letterhead {
    Letterhead {
        sender_domain: "example.com".to_owned(),
        sender: Some("seawall@example.com".to_owned()),
        base_url: Some("http://localhost:8484".to_owned()),
        link_key: LinkKey::new(b"a replay's links open nothing".to_vec()),
        link_life: Span::from_hours(30 * 24),
        language,
        album: Album::default(),
    }
}

/// Writes the timeline and the mails; a folder of an earlier run is replaced.
pub(super) fn write(replayed: &Replayed, out: &Path) -> anyhow::Result<()> {
    let folder = out.join(MAIL);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for old in std::fs::read_dir(&folder)? {
        let path = old?.path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            std::fs::remove_file(&path)?;
        }
    }
    let path = out.join(TIMELINE);
    let mut timeline =
        io::BufWriter::new(std::fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?);
    for line in &replayed.timeline {
        serde_json::to_writer(&mut timeline, line)?;
        timeline.write_all(b"\n")?;
    }
    timeline.flush()?;
    let sender = Sender::parse(FROM, None)?;
    for (number, notice) in (1..).zip(&replayed.notices) {
        let message = email::eml(notice, &sender).with_context(|| format!("mail {number}"))?;
        let name = format!(
            "{number:03}-{}-{}.eml",
            notice.queued_at.strftime("%Y%m%dT%H%MZ"),
            file_name(notice.person.as_str())
        );
        std::fs::write(folder.join(name), message)?;
    }
    Ok(())
}

/// An id as part of a file name: nothing that leads elsewhere.
pub(super) fn file_name(id: &str) -> String {
    id.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect()
}

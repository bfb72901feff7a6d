//! `seawall demo`: Typhoon Rananim over a sample portfolio, needing nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use minijinja::{Environment, Value, context};
use rust_embed::RustEmbed;

use super::books;
use super::scene::Scene;
use super::{Outcome, archive, replay, say, story};
use crate::config::read_portfolio;
use crate::daemon::{Archive, Replayed};
use crate::domain::{DocumentHash, Language, Portfolio, SiteId, Technique, Timestamp};
use crate::web::{self, FinishedPages, Web};
use crate::{sources, storm};

/// The archive and portfolio that lie in `examples/rananim-2004/`, built in.
#[derive(RustEmbed)]
#[folder = "examples/rananim-2004/"]
#[include = "archive/*"]
#[include = "portfolio/*"]
struct Sample;

/// The page that leads to the mails.
const INDEX: &str = include_str!("demo.html");

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where `timeline.ndjson` and `mail/` go
    #[arg(long, value_name = "DIR", default_value = "seawall-demo")]
    out: PathBuf,
    /// End after the story instead of showing the mails on a local page
    #[arg(long)]
    no_serve: bool,
    /// The language of the story and of every mail; without it, English and each person's own
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh-CN"])]
    lang: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(books) = books::read(None)? else { return Ok(Outcome::Unusable) };
    let (portfolio, faults) = portfolio()?;
    let (archive, found) = archive::of_files(files("archive/"));
    for (file, fault) in faults.iter().chain(&found) {
        say(&fault.in_file(file));
    }
    let language = args.lang.as_deref().and_then(Language::from_tag);
    let mut scene = Scene::default();
    let watch = &mut |now, state: &_| scene.watch(now, state);
    let replayed = replay::watched(&portfolio, &archive, &books, language, (None, None), watch)?;
    for (place, fault) in &replayed.faults {
        say(&fault.in_file(place));
    }
    replay::write(&replayed, &args.out)?;
    let words = books.pages.of(language.unwrap_or_default(), "story");
    let gale_at = gale_at(&archive, &portfolio);
    let story = story::told(&replayed, &portfolio, &words, gale_at, &args.out.display().to_string());
    let mut out = io::stdout().lock();
    for line in &story {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    drop(out);
    if !args.no_serve {
        let shown = Shown { story: &story, replayed: &replayed, words: &words, language: language.unwrap_or_default() };
        let web = scene.web(portfolio, &books.pages)?.context("no alert ever waited for an answer")?;
        serve(&shown, web)?;
    }
    Ok(Outcome::Done)
}

/// When the gale reached the story's warehouse, by the analyses that the last deck holds.
fn gale_at(archive: &Archive, portfolio: &Portfolio) -> Option<Timestamp> {
    let last = archive.bulletins.iter().max_by_key(|bulletin| bulletin.fetched)?;
    let analyses = sources::parse(None, last).ok()?.hazards.into_iter().filter_map(|hazard| hazard.track);
    let mut analyses = analyses.filter(|track| track.standing == Technique::Analysis);
    let mut whole = analyses.next()?;
    whole.fixes.extend(analyses.flat_map(|track| track.fixes));
    whole.fixes.sort_by_key(|fix| fix.time);
    whole.fixes.dedup_by_key(|fix| fix.time);
    let path = storm::Path::new(&whole)?;
    let site = portfolio.sites.get(&SiteId::new(story::HERO))?;
    let track = path.sampled(path.start(), storm::PASSAGE_STEP);
    storm::passage(&path, &track, site.position)?.winds.gale.map(|(first, _)| first)
}

/// Files of the sample whose path begins so, without it.
fn files(prefix: &str) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<_> = Sample::iter().collect();
    paths.sort();
    let named = paths.iter().filter_map(|path| Some((path.strip_prefix(prefix)?.to_owned(), Sample::get(path)?)));
    named.map(|(name, file)| (name, file.data.into_owned())).collect()
}

/// The sample portfolio goes the same way as a user's: through files in a folder, gone afterwards.
fn portfolio() -> anyhow::Result<(Portfolio, Vec<(String, crate::domain::Fault)>)> {
    let files = files("portfolio/");
    let mut all = Vec::new();
    for (name, body) in &files {
        all.extend_from_slice(format!("{name}{}", DocumentHash::of(body)).as_bytes());
    }
    let unique = format!("seawall-demo-{}-{}", std::process::id(), DocumentHash::of(&all).digits());
    let folder = std::env::temp_dir().join(unique);
    let read = written(&folder, &files).and_then(|()| Ok(read_portfolio(&folder)?));
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot clear away {}", folder.display()))?;
    read
}

fn written(folder: &Path, files: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, body) in files {
        std::fs::write(folder.join(name), body)?;
    }
    Ok(())
}

/// Shows the map, the story and the mails on a free loopback port until Ctrl-C.
fn serve(shown: &Shown<'_>, web: Web) -> anyhow::Result<()> {
    let pages = Arc::new(shown.pages()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
        let address = listener.local_addr()?;
        writeln!(io::stdout(), "\n{}", shown.words.get("index_open").map_or("", String::as_str))?;
        writeln!(io::stdout(), "http://{address}/")?;
        writeln!(io::stdout(), "http://{address}/mails")?;
        tokio::select! {
            () = web::serve_with(listener, web, pages) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(())
    })
}

/// What the local page shows.
struct Shown<'a> {
    story: &'a [String],
    replayed: &'a Replayed,
    words: &'a BTreeMap<String, String>,
    language: Language,
}

impl Shown<'_> {
    fn pages(&self) -> anyhow::Result<FinishedPages> {
        const HTML: &str = "text/html; charset=utf-8";
        let mails = (1..).zip(&self.replayed.notices);
        let mut pages: BTreeMap<_, _> =
            mails.map(|(number, notice)| (path(number), (HTML.to_owned(), notice.html_alone()))).collect();
        pages.insert("/mails".to_owned(), (HTML.to_owned(), self.index()?));
        Ok(pages)
    }

    fn index(&self) -> anyhow::Result<String> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
        // In the order in which they were first told.
        let mut names: Vec<&str> = Vec::new();
        let mut mails: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (number, notice) in (1..).zip(&self.replayed.notices) {
            let why: BTreeSet<&str> = notice.why.iter().map(|why| self.word(why)).collect();
            let why = why.into_iter().collect::<Vec<_>>().join(", ");
            let (at, subject) = (story::local(notice.queued_at, self.words), &notice.subject);
            let mail = context! { at, subject, why, path => path(number) };
            if !names.contains(&notice.to_name.as_str()) {
                names.push(&notice.to_name);
            }
            mails.entry(&notice.to_name).or_default().push(mail);
        }
        let people: Vec<Value> = names.into_iter().map(|name| context! { name, mails => mails.get(name) }).collect();
        let story: Vec<Value> = self.story.iter().map(|line| told(line)).collect();
        let context = context! { lang => self.language.tag(), t => self.words, story, people };
        Ok(environment.render_str(INDEX, context)?)
    }

    fn word<'w>(&'w self, why: &'w str) -> &'w str {
        self.words.get(&format!("why_{why}")).map_or(why, String::as_str)
    }
}

fn path(number: usize) -> String {
    format!("/mail/{number}")
}

/// A line of the story: its time apart, where it has one.
fn told(line: &str) -> Value {
    match line.split_once("  ") {
        Some((at, text)) if at.chars().count() == 12 => {
            let kind = if text.starts_with(' ') { "sub" } else { "" };
            if kind.is_empty() {
                context! { at, text }
            } else {
                context! { kind, text => text.trim() }
            }
        }
        _ => context! { kind => "plain", text => line },
    }
}

//! `seawall demo`: Typhoon Rananim over a sample portfolio, needing nothing.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rust_embed::RustEmbed;

use super::books::Books;
use super::{Outcome, archive, replay, say, story};
use crate::config::read_portfolio;
use crate::daemon::{Archive, Replayed};
use crate::domain::{DocumentHash, Language, Portfolio, SiteId, Technique, Timestamp};
use crate::{sources, storm, web};

/// The archive and portfolio that lie in `examples/rananim-2004/`, built in.
#[derive(RustEmbed)]
#[folder = "examples/rananim-2004/"]
#[include = "archive/*"]
#[include = "portfolio/*"]
struct Sample;

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
    let Some(books) = Books::read(None)? else { return Ok(Outcome::Unusable) };
    let (portfolio, faults) = portfolio()?;
    let (archive, found) = archive::of_files(files("archive/"));
    for (file, fault) in faults.iter().chain(&found) {
        say(&fault.in_file(file));
    }
    let language = args.lang.as_deref().and_then(Language::from_tag);
    let replayed = replay::played(&portfolio, &archive, &books, language, (None, None))?;
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
        serve(&story, &replayed)?;
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

/// Shows the story and the mails on a free loopback port until Ctrl-C.
fn serve(story: &[String], replayed: &Replayed) -> anyhow::Result<()> {
    let pages = Arc::new(pages(story, replayed));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
        let address = listener.local_addr()?;
        writeln!(io::stdout(), "\nThe mails as they look: http://{address}/ (Ctrl-C ends it)")?;
        tokio::select! {
            () = web::serve_files(listener, pages) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(())
    })
}

fn pages(story: &[String], replayed: &Replayed) -> BTreeMap<String, (String, String)> {
    const HTML: &str = "text/html; charset=utf-8";
    let mut pages = BTreeMap::new();
    let mut rows = Vec::new();
    for (number, notice) in (1..).zip(&replayed.notices) {
        let path = format!("/mail/{number}");
        rows.push(format!(
            "<tr><td>{}</td><td>{}</td><td><a href=\"{path}\">{}</a></td></tr>\n",
            notice.queued_at.strftime("%d %b %H:%M UTC"),
            escaped(&notice.to_name),
            escaped(&notice.subject)
        ));
        pages.insert(path, (HTML.to_owned(), notice.html.clone()));
    }
    let (story, rows) = (escaped(&story.join("\n")), rows.concat());
    let index = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Seawall demo</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}\
         pre{{white-space:pre-wrap}}td{{padding:.2rem .8rem .2rem 0;vertical-align:top}}</style>\
         <h1>Seawall</h1><pre>{story}</pre><table>{rows}</table></html>"
    );
    pages.insert("/".to_owned(), (HTML.to_owned(), index));
    pages
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

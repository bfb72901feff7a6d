//! Mails a second into Postfix' `smtp-sink`, beside what Postfix' own `smtp-source` makes of the same sink in the same run.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;

use super::super::Outcome;
use super::{Options, print};
use crate::domain::{Attachment, Delivery, EventId, Level, Notice, NoticeId, PersonId, Timestamp};
use crate::notifiers::{EmailNotifier, EmailSettings, Notifier as _, Sender, Tls, eml};

/// Connections at a time.
const SESSIONS: [usize; 3] = [1, 8, 32];
/// Rounds of which the median is told.
const ROUNDS: usize = 3;
/// Mails a round: by one session, and by several.
const MAILS: (usize, usize) = (3_000, 12_000);
/// Where the tools lie when Postfix is installed.
const USUAL: &str = "/usr/sbin";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    options: Options,
    /// The folder of Postfix' smtp-sink and smtp-source
    #[arg(long, value_name = "DIR", default_value = USUAL)]
    tools: PathBuf,
}

#[derive(Serialize)]
struct Row {
    sessions: usize,
    per_s: f64,
    limit_per_s: f64,
    bytes: usize,
    mails: usize,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    for tool in ["smtp-sink", "smtp-source"] {
        if !args.tools.join(tool).exists() {
            bail!(
                "{} has no {tool}\nhint: it is part of Debian's package postfix; --tools names the folder",
                args.tools.display()
            );
        }
    }
    let bytes = eml(&notice(0), &Sender::parse(FROM, None)?)?.len();
    let sink = Sink::start(&args.tools)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    let mut rows = Vec::new();
    for sessions in SESSIONS {
        let mails = if sessions == 1 { MAILS.0 } else { MAILS.1 };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(runtime.block_on(hand_over(sink.port, sessions, mails))?);
            theirs.push(smtp_source(&args.tools, sink.port, sessions, mails, bytes)?);
        }
        rows.push(Row { sessions, per_s: median(ours), limit_per_s: median(theirs), bytes, mails });
    }
    print(&rows, &["sessions", "per_s", "limit_per_s", "bytes", "mails"], args.options.format)?;
    Ok(Outcome::Done)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Mails a second by the notifier of the daemon, each written anew from its notice.
async fn hand_over(port: u16, sessions: usize, mails: usize) -> anyhow::Result<f64> {
    let notifier = Arc::new(EmailNotifier::new(&settings(port, sessions))?);
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..sessions {
        let (notifier, next) = (notifier.clone(), next.clone());
        workers.spawn(async move {
            let mut notice = notice(0);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= mails {
                    return Delivery::Taken;
                }
                notice.message_id = format!("<bench-{number}@example.com>");
                let delivery = notifier.deliver(&notice, Timestamp::UNIX_EPOCH).await;
                if delivery != Delivery::Taken {
                    return delivery;
                }
            }
        });
    }
    while let Some(ended) = workers.join_next().await {
        let delivery = ended.context("a worker")?;
        ensure!(delivery == Delivery::Taken, "smtp-sink did not take a mail: {delivery:?}");
    }
    Ok(mails as f64 / began.elapsed().as_secs_f64())
}

const FROM: &str = "Seawall <seawall@example.com>";

fn settings(port: u16, sessions: usize) -> EmailSettings {
    EmailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        user: None,
        password: None,
        from: FROM.to_owned(),
        reply_to: None,
        timeout: Duration::from_mins(1),
        extra_ca_file: None,
        connections_max: sessions,
        per_minute: None,
        dkim: None,
    }
}

/// What a warning weighs: text and HTML in Chinese and English, a picture, a calendar entry; some 20 KB as a mail.
fn notice(number: usize) -> Notice {
    let line = "台州海堤仓库（TZ-01）：烈风概率93%，请最迟 Wed 11 Aug 12:00 开始转移库存；转移费用1万元。\n";
    let row = "<tr><td style=\"padding:4px\">Jiaojiang Seawall Warehouse</td><td>Gale 93%</td></tr>\n";
    let mut state = 20_040_811_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24).to_le_bytes()[0]
    });
    let picture = Attachment {
        name: "map.png".to_owned(),
        media_type: "image/png".to_owned(),
        content_id: Some("map".to_owned()),
        bytes: noise.take(5_000).collect(),
    };
    let entry = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:a1f3@seawall\r\nDTSTART:20040811T040000Z\r\nSUMMARY:Move the stock inland\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = Attachment {
        name: "deadline.ics".to_owned(),
        media_type: "text/calendar; method=PUBLISH".to_owned(),
        content_id: None,
        bytes: entry.as_bytes().to_vec(),
    };
    Notice {
        id: NoticeId::new(format!("bench-{number}")),
        person: PersonId::new("li"),
        channel: "email".to_owned(),
        to_name: "李伟".to_owned(),
        to: "li.wei@example.com".to_owned(),
        event: EventId::new("wp162004"),
        alerts: Vec::new(),
        level: Level::Act,
        act_by: None,
        why: Vec::new(),
        lang: "zh-CN".to_owned(),
        subject: "台风云娜：您的经销商有危险".to_owned(),
        message_id: format!("<bench-{number}@example.com>"),
        references: Vec::new(),
        text: line.repeat(16),
        html: format!(
            "<html><body><img src=\"cid:map\"><table>{}</table>{}</body></html>\n",
            row.repeat(40),
            line.repeat(16)
        ),
        list_unsubscribe: None,
        attachments: vec![picture, calendar],
        queued_at: Timestamp::UNIX_EPOCH,
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

/// A running smtp-sink.
struct Sink {
    child: Child,
    port: u16,
}

impl Sink {
    fn start(tools: &Path) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).context("a free port")?.port();
        let mut command = tool(tools, "smtp-sink");
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        let child = command.arg(format!("127.0.0.1:{port}")).arg("1024").spawn().context("smtp-sink")?;
        let mut sink = Self { child, port };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(sink);
            }
            if let Some(status) = sink.child.try_wait()? {
                bail!("smtp-sink ended with {status}");
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        bail!("smtp-sink does not listen")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

fn smtp_source(tools: &Path, port: u16, sessions: usize, mails: usize, bytes: usize) -> anyhow::Result<f64> {
    let mut command = tool(tools, "smtp-source");
    // -d: a connection is kept for the next mail, as ours are.
    command.arg("-d").args(["-s", &sessions.to_string(), "-m", &mails.to_string(), "-l", &bytes.to_string()]);
    command.args(["-f", "seawall@example.com", "-t", "li.wei@example.com", &format!("127.0.0.1:{port}")]);
    let began = Instant::now();
    let status = command.status().context("smtp-source")?;
    ensure!(status.success(), "smtp-source ended with {status}");
    Ok(mails as f64 / began.elapsed().as_secs_f64())
}

/// One of Postfix' tools; its libraries lie beside it when the package was unpacked rather than installed.
fn tool(tools: &Path, name: &str) -> Command {
    let mut command = Command::new(tools.join(name));
    command.env("LD_LIBRARY_PATH", tools.join("../lib/postfix")).stdin(Stdio::null());
    command
}

/// Root must name the user that smtp-sink becomes.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // What this process makes belongs to it; /proc/self does.
    let owner: io::Result<u32> = std::fs::metadata("/proc/self").map(|facts| facts.uid());
    owner.is_ok_and(|uid| uid == 0)
}

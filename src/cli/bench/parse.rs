//! `seawall bench parse`: documents a second that become hazards, beside the least that reading them could cost.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Options, print, rate, samples};
use crate::cli::{Outcome, say};
use crate::domain::{Bulletin, FeedId, Timestamp};
use crate::sources;

/// One measurement.
#[derive(Debug, Serialize)]
struct Row {
    kind: &'static str,
    /// How large the document is.
    bytes: usize,
    docs_per_s: f64,
    mb_per_s: f64,
}

impl Row {
    fn new<T>(kind: &'static str, body: &[u8], task: impl FnMut() -> T) -> Self {
        let docs_per_s = rate(task);
        let mb_per_s = docs_per_s * body.len() as f64 / 1e6;
        Self { kind, bytes: body.len(), docs_per_s: docs_per_s.round(), mb_per_s: (mb_per_s * 10.0).round() / 10.0 }
    }
}

pub(super) fn run(options: &Options) -> anyhow::Result<Outcome> {
    let cap = match options.workload.as_deref().map(cap_sample) {
        Some(Ok(body)) => body,
        Some(Err(hint)) => {
            say(&format!("warning: {hint}; the bench's own alert is read instead"));
            samples::alert().into_bytes()
        }
        None => samples::alert().into_bytes(),
    };
    let json = samples::alerts_json();
    let mut rows = Vec::new();
    for (kind, body) in [("cap", cap), ("atcf", samples::deck().into_bytes()), ("nws", json.clone().into_bytes())] {
        let Some(source) = sources::by_id(kind) else {
            say(&format!("warning: this build has no source `{kind}`; it is not measured"));
            continue;
        };
        let Some(row) = source_row(kind, source, body) else { return Ok(Outcome::Failed) };
        rows.push(row);
    }
    anyhow::ensure!(serde_json::from_str::<Collection>(&json).is_ok(), "the bench's own JSON is not what it should be");
    rows.push(Row::new("nws-serde", json.as_bytes(), || serde_json::from_str::<Collection>(&json)));
    print(&rows, &["kind", "bytes", "docs_per_s", "mb_per_s"], options.format)?;
    Ok(Outcome::Done)
}

/// How fast the source of this format reads a document; `None`, and why, when it does not read it at all.
fn source_row(kind: &'static str, source: &dyn sources::Source, body: Vec<u8>) -> Option<Row> {
    // The hash of a document is made when it is fetched, and not counted here.
    let bulletin = Bulletin::new(FeedId::new("bench"), "", kind, Timestamp::UNIX_EPOCH, body);
    let parsed = source.parse(&bulletin);
    if let Some(fault) = parsed.faults.iter().find(|fault| fault.is_fatal) {
        say(&fault.in_file(kind));
        return None;
    }
    if parsed.hazards.is_empty() {
        say(&format!("error: no hazard is found in the document of kind `{kind}`"));
        return None;
    }
    Some(Row::new(kind, &bulletin.body, || source.parse(&bulletin)))
}

/// The alert of a workload: beside its folder, or in it.
fn cap_sample(workload: &Path) -> Result<Vec<u8>, String> {
    let name = "cap_sample.xml";
    let found = [workload.join("..").join(name), workload.join(name)].iter().find_map(|path| std::fs::read(path).ok());
    found.ok_or_else(|| format!("{} has no {name}, nor has the folder above it", workload.display()))
}

/// The same JSON read by the shortest of structures: what any reader of it must pay.
#[derive(Debug, Deserialize)]
struct Collection {
    #[expect(dead_code, reason = "it is read, which is what is measured")]
    features: Vec<Feature>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, which is what is measured")]
struct Feature {
    id: String,
    geometry: Polygon,
    properties: Properties,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "it is read, which is what is measured")]
struct Polygon {
    r#type: String,
    coordinates: Vec<Vec<[f64; 2]>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read, which is what is measured")]
struct Properties {
    id: String,
    area_desc: String,
    sent: String,
    effective: String,
    onset: String,
    expires: String,
    ends: String,
    status: String,
    message_type: String,
    severity: String,
    certainty: String,
    urgency: String,
    event: String,
    sender_name: String,
    headline: String,
    description: String,
    instruction: String,
}

//! The portfolio's files: given as they are, and taken whole in the place of those that are.
//!
//! What is sent is read as the files of a folder are, with every fault named. One that hides that somebody is not told refuses
//! all of it.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::alerts::body_of;
use super::problem::{FaultRow, Problem};
use super::{JSON, asked};
use crate::config::{ConfigError, PortfolioFiles, is_fit_to_run, read_portfolio_files};
use crate::domain::{Differing, DocumentHash, Portfolio, PortfolioDiff};
use crate::web::who::Operator;
use crate::web::{PortfolioDesk, Web, sent};

/// The largest portfolio that is taken, all its files together.
const PORTFOLIO_BYTES: usize = 32 << 20;
/// The most ids of one kind that an answer names; the numbers count all.
const IDS_SHOWN: usize = 1000;

pub(super) fn routes() -> OpenApiRouter<Web> {
    let limit = DefaultBodyLimit::max(PORTFOLIO_BYTES);
    OpenApiRouter::new().routes(routes!(export, import)).layer(limit)
}

/// The files of a portfolio.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// By name, as they lie in the folder: dealers.csv, sites.csv and people.csv, and what there is of lanes.geojson,
    /// shipments.csv, stock.csv, geocodes.csv and geocodes.geojson.
    files: PortfolioFiles,
    /// What stands for exactly these files. Sent back with others, it has them refused if somebody else has changed them since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
}

/// What is asked of an import.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// true only says what would change.
    #[serde(default)]
    dry_run: bool,
}

/// The ids of one kind of thing that came, changed or went; 1000 of each at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiffRow {
    /// Those that are new.
    pub added: Vec<String>,
    /// Those that are other than they were.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// How many there are in all.
    pub count: usize,
}

impl From<Differing> for DiffRow {
    fn from(differing: Differing) -> Self {
        let count = differing.count();
        let Differing { mut added, mut changed, mut removed } = differing;
        for ids in [&mut added, &mut changed, &mut removed] {
            ids.truncate(IDS_SHOWN);
        }
        Self { added, changed, removed, count }
    }
}

/// How the portfolio differs from the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DiffRows {
    /// Dealers, by id.
    pub dealers: DiffRow,
    /// Sites, by id.
    pub sites: DiffRow,
    /// Lanes, by id.
    pub lanes: DiffRow,
    /// Shipments, by id.
    pub shipments: DiffRow,
    /// By dealer and SKU.
    pub stock: DiffRow,
    /// People, by id.
    pub people: DiffRow,
    /// Whether warning areas lie elsewhere.
    pub areas: bool,
}

impl DiffRows {
    /// Each kind of thing by its name.
    #[must_use]
    pub fn kinds(&self) -> [(&'static str, &DiffRow); 6] {
        [
            ("dealers", &self.dealers),
            ("sites", &self.sites),
            ("lanes", &self.lanes),
            ("shipments", &self.shipments),
            ("stock", &self.stock),
            ("people", &self.people),
        ]
    }

    /// True when nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.areas && self.kinds().iter().all(|(_, row)| row.count == 0)
    }
}

impl From<PortfolioDiff> for DiffRows {
    fn from(diff: PortfolioDiff) -> Self {
        let PortfolioDiff { dealers, sites, lanes, shipments, stock, people, areas } = diff;
        Self {
            dealers: dealers.into(),
            sites: sites.into(),
            lanes: lanes.into(),
            shipments: shipments.into(),
            stock: stock.into(),
            people: people.into(),
            areas,
        }
    }
}

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    /// Whether nothing was changed because nothing was to be.
    pub dry_run: bool,
    /// What stands for the files that were sent.
    pub revision: String,
    /// How the portfolio differs from the one before.
    pub diff: DiffRows,
    /// What is amiss in the files and does not hide that somebody is not told.
    pub faults: Vec<FaultRow>,
}

/// What an import of these files over a portfolio comes to, with every fault of theirs; the portfolio that they are when it
/// is fit to run, and only then may be put in place.
#[must_use]
pub fn judge(files: &PortfolioFiles, before: &Portfolio, dry_run: bool) -> (Imported, Option<Portfolio>) {
    let (portfolio, faults) = read_portfolio_files(files);
    let diff = portfolio.as_ref().map(|portfolio| portfolio.diff_from(before).into()).unwrap_or_default();
    let faults_told = faults.iter().map(FaultRow::of).collect();
    let imported = Imported { dry_run, revision: revision(files), diff, faults: faults_told };
    (imported, portfolio.filter(|_| is_fit_to_run(&faults)))
}

/// The portfolio's files as they are, people's addresses too. For operators.
#[utoipa::path(
    get, path = "/portfolio/files", tag = "house",
    responses(
        (status = 200, description = "The files", body = Files),
        (status = 304, description = "Nothing has changed since the ETag given"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "You are no operator", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The files cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn export(State(web): State<Web>, _operator: Operator, headers: HeaderMap) -> Result<Response, Problem> {
    let files = files_of(&web).await?;
    let revision = Some(revision(&files));
    Ok(sent::json(&headers, JSON, &Files { files, revision }))
}

/// Puts these files in the place of the portfolio's. They are read first, and a fault that would hide that somebody is not
/// told refuses all of them. When this returns it is durable, and new sites were matched with the storms in force. For
/// operators; it is written into the journal.
#[utoipa::path(
    put, path = "/portfolio/files", params(How), tag = "house", request_body = Files,
    responses(
        (status = 200, description = "It has the place of the old one, or would have", body = Imported),
        (status = 400, description = "The request is not understood", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "Who asks is not known", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "You are no operator", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else has changed the files since `revision`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "With these files somebody would not be told; `faults` names why", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The files cannot be written; nothing was changed", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn import(
    State(web): State<Web>,
    Operator(guest): Operator,
    how: Result<Query<How>, QueryRejection>,
    body: Result<Json<Files>, JsonRejection>,
) -> Result<Response, Problem> {
    let How { dry_run } = asked(how)?;
    let Files { files, revision: seen } =
        body_of(body, "send {\"files\": {\"dealers.csv\": \"…\", …}} as GET gives it")?;
    if let Some(seen) = seen
        && seen != revision(&files_of(&web).await?)
    {
        let hint = "GET the files again and bring your changes into them";
        return Err(Problem::new(StatusCode::CONFLICT, "changed", "the files are others than you have seen", hint));
    }
    let before = web.portfolio.get();
    let read = tokio::task::spawn_blocking(move || {
        let judged = judge(&files, &before, dry_run);
        (files, judged)
    });
    let (files, (imported, portfolio)) = read.await.map_err(|_panicked| Problem::busy())?;
    let Some(portfolio) = portfolio else {
        let detail = "with these files somebody would not be told; nothing was changed";
        let hint = "mend what `faults` names and send all files again";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "portfolio", detail, hint).with(imported.faults));
    };
    if !dry_run && !imported.diff.is_empty() {
        let by = if guest.name.is_empty() { "operator".to_owned() } else { guest.name };
        desk(&web)?.replace(files, portfolio, by).await.map_err(|error| unwritten(&error))?;
    }
    Ok(Json(imported).into_response())
}

fn desk(web: &Web) -> Result<&dyn PortfolioDesk, Problem> {
    web.files.as_deref().ok_or_else(|| Problem::missing("file", "portfolio"))
}

async fn files_of(web: &Web) -> Result<PortfolioFiles, Problem> {
    desk(web)?;
    let desk = web.files.clone();
    let read = tokio::task::spawn_blocking(move || desk.map(|desk| desk.files()));
    match read.await {
        Ok(Some(Ok(files))) => Ok(files),
        Ok(Some(Err(error))) => Err(unread(&error)),
        Ok(None) | Err(_) => Err(Problem::busy()),
    }
}

fn revision(files: &PortfolioFiles) -> String {
    let text = serde_json::to_vec(files).unwrap_or_default();
    DocumentHash::of(&text).digits().to_owned()
}

fn unread(error: &ConfigError) -> Problem {
    tracing::error!(%error, "the portfolio's files cannot be given");
    let hint = "the log of the daemon says why";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "files", "the portfolio's files cannot be read", hint)
}

fn unwritten(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "another portfolio could not take its place");
    let hint = "the portfolio's folder must be writable for whoever runs seawall; the log says more";
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "files",
        "nothing was changed: the files cannot be put into place",
        hint,
    )
}

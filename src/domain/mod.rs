//! The words every other room speaks.
//!
//! In: nothing. Out: plain data (bulletins, hazards, events, the portfolio, exposures, advice,
//! alerts, notices, changes), the units they carry, and the [`Clock`] trait.
//! Never: I/O, a clock of its own, a decision.

mod advice;
mod alert;
mod answer;
mod bulletin;
mod changes;
mod channel;
mod current;
mod damage_params;
mod draft;
mod event;
mod exposure;
mod fault;
mod feed;
mod geocodes;
mod hazard;
mod ids;
mod letter;
mod link;
mod mailbox;
mod money;
mod notice;
mod outcome;
mod portfolio;
mod position;
mod proposal;
mod renewal;
mod season;
mod secret;
mod silence;
mod sites;
mod time;
mod timeline;
mod track_errors;
mod transport;
mod transport_params;
mod units;
mod visit;

pub use advice::{ActOrWait, Advice, AdvisedAction, Feasibility, Shelter, Verdict, VerdictWhy};
pub use alert::{Alert, AlertState, Level, Reason, Told, Transition, Weighing};
pub use answer::{Answer, AnswerKind, Said};
pub use bulletin::{ActiveStorms, Bulletin, DocumentHash, Parsed};
pub use changes::{BulletinRecord, Changes, State, Thread};
pub use channel::{CHANNEL_KINDS, ChannelKind, ChannelSecrets};
pub use current::Current;
pub use damage_params::DamageParams;
pub use draft::{Draft, DraftLine};
pub use event::Event;
pub use exposure::{AgencyWord, Arrival, ByThreshold, Exposure, Loss, Subject, SubjectKind, Surge, THRESHOLDS_KT};
pub use fault::{Fault, Place};
pub use feed::{FeedState, FeedTold, FeedTrouble, FeedWatch, TroubleKind, Vigil};
pub use geocodes::{Geocodes, code_covers};
pub use hazard::{
    Area, CapFacts, Certainty, Circle, Fix, Footprint, Hazard, HazardKind, HazardText, MsgType, PeriodProbability,
    PlaceProbability, PointForecast, PointStep, Ring, Severity, Status, Technique, Track, Urgency, WindRadii,
};
pub use ids::{
    AlertId, AnswerId, DealerId, EventId, FeedId, HazardId, LaneId, NoticeId, PersonId, ProposalId, RuleId, ShipmentId,
    ShortText, SilenceId, SiteId,
};
pub use letter::{Fate, LetterFate, LetterWord};
pub use link::{Claim, LinkClaim, LinkError, LinkKey, ProposalClaim, UnsubscribeClaim, UnsubscribeFrom};
pub use mailbox::{DigestWish, Mailbox, RECENT, Subscription};
pub use money::{Currency, Money, MoneyError};
pub use notice::{Attachment, Delivery, Notice};
pub use outcome::{Found, Outcome};
pub use portfolio::{
    Codes, Dates, Dealer, Insured, Lane, Language, Person, Portfolio, QuietHours, Role, Shipment, Site, SiteKind,
    StockLine, WorkTime,
};
pub use position::{Position, PositionError};
pub use proposal::{
    ApprovalLimits, Case, Cause, Decision, Entry, GoodsLine, Matter, Order, Proposal, ProposalState, Step, Switch,
    ToldOf, Vote, Way, WayKind, What,
};
pub use renewal::{Differing, PortfolioDiff, Renewal};
pub use season::{
    ArchiveYear, ClosedDays, LaneMonth, LaneSeason, PlanWord, PlannedSwitch, SeasonNote, SeasonPlan, SeasonSwitch,
    SiteFinding, SiteGap, SwitchProposal, SwitchVerdict, TrackCount, Weighed, last_day, months_from,
};
pub use secret::Secret;
pub use silence::{Covered, Hush, NoSilence, SILENCE_MAX, Silence};
pub use sites::Sites;
pub use time::{Clock, ClockJump, Span, Timestamp, hours, hours_between};
pub use timeline::Line;
pub use track_errors::{TrackErrorRow, TrackErrors};
pub use transport::{
    Choice, ChoiceKind, Delay, Freight, Instants, Meeting, OrderAhead, OrderLine, PortClosure, RankedBy, Ranking, Stay,
    Whereabouts, Why,
};
pub use transport_params::{ModeParams, SEASON_LEAD_DAYS, TransportParams};
pub use units::{Averaging, Km, Knots, MS_PER_KNOT, NMI_KM, Wind};
pub use visit::{Brief, DealerDanger, Stop, VisitReason, VisitTold};

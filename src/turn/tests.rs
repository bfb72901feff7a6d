//! One turn after another over a small world: two warehouses of one manager, a third of another, a lane.

mod agencies;
mod answers;
mod briefs;
mod clock;
mod complaints;
mod feeds;
mod hush;
mod odd;
mod plan;
mod renew;
mod stage;
mod storms;
mod warnings;

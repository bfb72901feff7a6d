//! Journeys: stories that run the program as a process, with real files, a local web server for feeds and a
//! real mail server. Nothing here knows what goes on inside; where a story needs the store, it opens it when
//! the daemon is down.

mod ack_command;
mod ack_link;
mod backup;
mod bad_feeds;
mod channels;
mod crowd;
mod demo;
mod dkim;
mod feed_goes_silent;
mod feeds_command;
mod four_agencies;
mod harness;
mod kill_nine;
mod oidc;
mod page_answer;
mod parse_corpus;
mod portfolio_command;
mod portfolio_import;
mod reload;
mod season;
mod signatures_survive;
mod smtp_refused;
mod transport_command;
mod verify_command;

//! Simulated storms. A seed makes the bulletins of August 2004 late, doubled, reordered and torn, the store fail
//! at any commit, the daemon stop at any step, the mail server refuse for now or for good, the clock jump by hours, and
//! people answer or not.
//! After each step nothing may be lost, doubled or asked of people who have answered.
//!
//! `SEAWALL_SIM_SEED=7` plays one seed, `SEAWALL_SIM_SEEDS=1000` as many as that; otherwise there are a hundred.

mod archive;
mod dice;
mod faulty;
mod house;
mod judge;
mod season;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use house::{Books, House};

/// Seeds of a run without a word from outside.
const SEEDS: u64 = 100;
/// Seeds played at the same time.
const AT_ONCE: usize = 2;
/// Conditions and templates recurse.
const STACK_BYTES: usize = 16 << 20;

#[test]
fn no_seed_loses_doubles_or_nags() {
    let seeds = seeds();
    let (books, next, failures) = (Books::read(), AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            if let Some(failure) = failure_of(seed, &books) {
                failures.lock().expect("no player holds it").push(failure);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).expect("a thread");
        }
    });
    let failures = failures.into_inner().expect("no player holds it");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match number("SEAWALL_SIM_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("SEAWALL_SIM_SEEDS").unwrap_or(SEEDS),
    }
}

/// What is wrong with a seed, and how to see it again.
fn failure_of(seed: u64, books: &Books) -> Option<String> {
    let played = catch_unwind(AssertUnwindSafe(|| House::new(seed, books).play()));
    let what = match played {
        Ok(Ok(())) => return None,
        Ok(Err(what)) => what,
        Err(_) => "panicked, see above".to_owned(),
    };
    Some(format!("seed {seed}: {what}\nhint: SEAWALL_SIM_SEED={seed} plays it again"))
}

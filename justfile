# `just` lists the recipes. What passes here passes in CI: it calls the same script.

_default:
    @just --list

# The fast circle: form, lints, house rules.
check:
    cargo fmt --check
    cargo clippy --all-targets --features oidc -- -D warnings
    cargo test --features oidc --test tidy

# Everything, journeys last; `just test --quick` leaves the journeys out.
test *ARGS:
    tests/run {{ARGS}}

# Stories through real processes, files and a real mail server; `just journeys kill_nine` runs one.
journeys *FILTER:
    tests/run --journeys {{FILTER}}

# Takes the new goldens over. Look at the diff as you look at code.
bless:
    INSTA_UPDATE=always cargo test --features oidc
    git diff --stat -- tests src

# The Rananim days in a folder, and the page.
demo *ARGS:
    cargo run -- demo {{ARGS}}

# Licences, advisories, doubled crates (needs cargo-deny).
deny:
    cargo deny check

# The documentation of every room; a broken link fails.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --features oidc --no-deps --document-private-items

# What CI runs.
ci:
    .ci/run

//! Keeps the house in order: doors between rooms, one home for each foreign I/O crate, sizes, and that
//! the map (`ARCHITECTURE.md`) shows the rooms that are there. Each failure names file and line.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order of the floor plan, and what each may use. A new edge is a change of architecture:
/// this table, `ARCHITECTURE.md` and the code in one commit.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("geo", &["domain"]),
    ("storm", &["domain", "geo"]),
    ("sources", &["domain", "geo"]),
    ("events", &["domain", "geo", "storm"]),
    ("engine", &["domain", "geo", "storm"]),
    ("season", &["domain", "geo", "storm"]),
    ("transport", &["domain", "geo", "storm"]),
    ("pictures", &["domain", "geo", "storm"]),
    ("rules", &["domain"]),
    ("advice", &["domain", "geo", "rules"]),
    ("alerts", &["domain", "rules"]),
    ("proposals", &["domain"]),
    ("visits", &["domain"]),
    ("notices", &["domain", "pictures", "rules"]),
    (
        "turn",
        &[
            "domain",
            "geo",
            "storm",
            "sources",
            "events",
            "engine",
            "season",
            "transport",
            "pictures",
            "rules",
            "advice",
            "alerts",
            "proposals",
            "visits",
            "notices",
        ],
    ),
    ("ledger", &["domain"]),
    ("store", &["domain"]),
    ("notifiers", &["domain"]),
    ("config", &["domain", "storm"]),
    ("web", &["domain", "geo", "store", "config"]),
    (
        "daemon",
        &[
            "domain",
            "geo",
            "storm",
            "sources",
            "events",
            "engine",
            "pictures",
            "rules",
            "advice",
            "alerts",
            "proposals",
            "visits",
            "notices",
            "turn",
            "ledger",
            "store",
            "notifiers",
            "config",
            "web",
        ],
    ),
    ("verify", &["domain", "geo", "storm"]),
    (
        "cli",
        &[
            "domain",
            "geo",
            "storm",
            "sources",
            "events",
            "engine",
            "season",
            "transport",
            "pictures",
            "rules",
            "advice",
            "alerts",
            "proposals",
            "visits",
            "notices",
            "turn",
            "ledger",
            "store",
            "notifiers",
            "config",
            "web",
            "daemon",
            "verify",
        ],
    ),
];

/// Crates that reach outside, and the only files that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("reqwest", &["src/sources/fetch", "src/notifiers/http"]),
    ("lettre", &["src/notifiers/email"]),
    ("tokio_rustls", &["src/notifiers/email"]),
    ("sled", &["src/store/sled"]),
    ("axum", &["src/web/"]),
    ("hyper", &["src/web/serve"]),
    ("argon2", &["src/web/who/"]),
    ("openidconnect", &["src/web/who/oidc/provider"]),
    ("rust_embed", &["src/rules/shipped", "src/cli/demo", "src/web/page"]),
    ("resvg", &["src/cli/verify/picture", "src/pictures/"]),
    ("icalendar", &["src/notices/calendar"]),
];

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;

/// Words that must not stand in the repository, in two halves so that this file does not hold them.
const BANNED: &[(&str, &str)] =
    &[("issue", " #"), ("/wo", "rk/"), ("/root", "/."), ("todo", "!("), ("unimpl", "emented!(")];

#[test]
fn rooms_use_only_the_rooms_that_the_table_allows() {
    let mut wrong = String::new();
    for file in sources() {
        let Some((room, allowed)) = file.room() else { continue };
        for (line, target) in file.crate_paths() {
            let is_room = ROOMS.iter().any(|(name, _)| *name == target);
            if is_room && target != room && !allowed.contains(&target.as_str()) {
                writeln!(wrong, "{}:{line}: `{room}` may not use `{target}`", file.name).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}hint: the table stands in tests/tidy.rs and ARCHITECTURE.md");
}

#[test]
fn no_path_climbs_out_of_its_room() {
    let mut wrong = String::new();
    for file in sources() {
        let deepest = file.depth();
        for (number, line) in numbered(file.before_tests()) {
            let climbs = (1..=line.matches("super::").count()).rev().find(|n| line.contains(&"super::".repeat(*n)));
            if file.room().is_some() && climbs.is_some_and(|n| n >= deepest) {
                writeln!(wrong, "{}:{number}: write `crate::…` so that the edge can be seen", file.name).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn main_starts_the_command_line_and_nothing_else() {
    let main = fs::read_to_string(root().join("src/main.rs")).unwrap();
    let rooms: BTreeSet<String> = paths_after(&strip(&main), "seawall::").into_iter().map(|(_, room)| room).collect();
    assert!(rooms.iter().all(|room| room == "cli"), "src/main.rs names {rooms:?}");
}

#[test]
fn the_floor_plan_is_in_order() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mods: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let plan: Vec<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    assert_eq!(mods, plan, "src/lib.rs tells the data's way through the house, in this order");
}

#[test]
fn foreign_io_has_one_home() {
    let mut wrong = String::new();
    for file in sources() {
        for (name, homes) in HOMES {
            let is_at_home = homes.iter().any(|home| file.name.starts_with(home));
            let has_a_module_of_that_name = file.code.contains(&format!("mod {name};"));
            if is_at_home || has_a_module_of_that_name {
                continue;
            }
            for (number, line) in numbered(&file.code) {
                if names_crate(line, name) {
                    writeln!(wrong, "{}:{number}: `{name}` belongs to {}", file.name, homes.join(", ")).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_map_shows_the_rooms_that_are_there() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let there: BTreeSet<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").to_owned())
        .filter(|name| !matches!(name.as_str(), "main" | "lib"))
        .collect();
    let named: BTreeSet<String> =
        map.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).map(str::to_owned).collect();
    assert_eq!(named, there, "the rows of ARCHITECTURE.md against src/");
    let plan: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(plan, there, "the table of tests/tidy.rs against src/");
    for path in map.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which is not there");
    }
}

#[test]
fn the_maps_doors_are_the_tables_doors() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (room, allowed) in ROOMS {
        let row = map.lines().find(|line| line.starts_with(&format!("| `{room}` |"))).unwrap();
        let doors = row.split('|').nth(3).unwrap().trim();
        let want = match *room {
            "turn" | "daemon" => "every room above".to_owned(),
            "cli" => "every room".to_owned(),
            _ if allowed.is_empty() => "nothing of ours".to_owned(),
            _ => allowed.join(", "),
        };
        assert_eq!(doors, want, "ARCHITECTURE.md, row of `{room}`");
    }
}

#[test]
fn functions_and_files_fit() {
    let mut wrong = String::new();
    for file in sources() {
        let lines = file.before_tests().lines().count();
        if lines > FILE_LINES_MAX && !file.is_test() {
            writeln!(wrong, "{}: {lines} lines before its tests; a second noun asks for its own file", file.name)
                .unwrap();
        }
        for (line, name, length) in functions(&file.code) {
            if length > FUNCTION_LINES_MAX {
                writeln!(wrong, "{}:{line}: `{name}` has {length} lines", file.name).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}hint: functions up to {FUNCTION_LINES_MAX} lines, files up to {FILE_LINES_MAX}");
}

#[test]
fn every_room_says_what_it_is() {
    for file in sources().into_iter().filter(|file| !file.is_test()) {
        assert!(file.text.starts_with("//!"), "{}: begin with `//!`: what comes in, what goes out", file.name);
    }
}

#[test]
fn the_repository_speaks_of_the_product_alone() {
    let mut wrong = String::new();
    for path in walk(&root()) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in numbered(&text) {
            for (first, second) in BANNED {
                if line.contains(&format!("{first}{second}")) {
                    writeln!(wrong, "{}:{number}: holds `{first}{second}`", shown(&path)).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_its_cases() {
    for path in walk(&root().join("rules")) {
        let name = shown(&path);
        let text = fs::read_to_string(&path).unwrap();
        // Other data of the rules, such as damage curves, has no levels.
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        let is_rule = is_toml && !name.ends_with(".cases.toml") && text.contains("\n[levels]");
        if is_rule {
            let cases = path.with_extension("cases.toml");
            assert!(cases.exists(), "{name}: write its cases beside it, in {}", shown(&cases));
        }
    }
}

#[test]
fn the_changelog_is_open() {
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(text.lines().any(|line| line == "## [Unreleased]"), "CHANGELOG.md: `## [Unreleased]` is missing");
}

#[test]
fn the_lexer_of_this_test_is_right() {
    let text =
        "let a = \"x { // y\"; // crate::b {\nlet c = '{'; let d: &'static str = r#\"\"}\"#; /* { /* } */ */ e()\n";
    let stripped = strip(text);
    assert!(!stripped.contains('{') && !stripped.contains('}'), "{stripped}");
    assert!(stripped.contains("e()") && stripped.contains("&'static str"), "{stripped}");
    assert_eq!(stripped.lines().count(), text.lines().count());
    let paths = paths_after("use crate::{a, b::{c, d},\n e::f}; crate::g::h()", "crate::");
    let names: Vec<&str> = paths.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["a", "b", "e", "g"]);
    assert_eq!(functions("fn a() {\n  if b {\n  }\n}\nfn c();\n"), [(1, "a".to_owned(), 4)]);
    assert!(names_crate("use sled::Db;", "sled") && !names_crate("self::sled::Sled", "sled"));
}

/// One file of `src/`.
struct SourceFile {
    /// `src/room/file.rs`.
    name: String,
    text: String,
    /// The text without comments and the insides of literals; the lines are the same.
    code: String,
}

impl SourceFile {
    fn room(&self) -> Option<(&'static str, &'static [&'static str])> {
        let first = self.name.split('/').nth(1)?.trim_end_matches(".rs");
        ROOMS.iter().find(|(room, _)| *room == first).copied()
    }

    /// How many `super::` lead to the crate's root.
    fn depth(&self) -> usize {
        self.name.trim_end_matches("/mod.rs").matches('/').count()
    }

    fn is_test(&self) -> bool {
        self.name.ends_with("/tests.rs") || self.name.contains("/tests/")
    }

    fn before_tests(&self) -> &str {
        let end = self.code.find("\nmod tests {").or(self.code.find("\n#[cfg(test)]\nmod "));
        end.and_then(|end| self.code.get(..end)).unwrap_or(&self.code)
    }

    fn crate_paths(&self) -> Vec<(usize, String)> {
        paths_after(&self.code, "crate::")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn sources() -> Vec<SourceFile> {
    let files = walk(&root().join("src")).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file is text");
        SourceFile { name: shown(&path), code: strip(&text), text }
    };
    files.map(read).collect()
}

/// Every file below a folder that belongs to the repository, in order of name.
fn walk(folder: &Path) -> Vec<PathBuf> {
    const NOT_OURS: &[&str] = &["target", ".git", ".venv", "__pycache__", "node_modules", "Cargo.lock"];
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if NOT_OURS.iter().any(|name| path.ends_with(name)) {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

fn is_path(word: &str) -> bool {
    const TOP: &[&str] = &["src/", "rules/", "tests/", "docs/", "examples/"];
    TOP.iter().any(|top| word.starts_with(top)) && !word.contains(['<', '*', ' '])
}

/// The first names after `prefix`, also of a group: `crate::{a, b::c}` gives a and b, each with its line.
fn paths_after(code: &str, prefix: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let line = code.get(..at).unwrap_or_default().matches('\n').count() + 1;
        let rest = code.get(at + prefix.len()..).unwrap_or_default();
        let Some(group) = rest.strip_prefix('{') else {
            found.push((line, first_word(rest)));
            continue;
        };
        let (mut depth, mut is_start) = (1, true);
        for (index, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => is_start = true,
                c if is_start && is_word(c) => {
                    found.push((line, first_word(group.get(index..).unwrap_or_default())));
                    is_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| is_word(*c)).collect()
}

/// True when the line names the crate itself, not a module of ours with its name.
fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        !before.ends_with("::") && !before.ends_with(is_word)
    })
}

/// Every function with a body: its line, name, and number of lines.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code.get(..at).unwrap_or_default();
        let rest = code.get(at..).unwrap_or_default();
        let name = first_word(rest.trim_start_matches("fn "));
        if name.is_empty() || before.ends_with(is_word) {
            continue;
        }
        if let Some(length) = body_end(rest).map(|end| rest.get(..end).unwrap_or_default().lines().count()) {
            found.push((before.matches('\n').count() + 1, name, length));
        }
    }
    found
}

/// Where the body that begins after a signature ends; `None` for a function without one.
fn body_end(text: &str) -> Option<usize> {
    let (mut round, mut curly) = (0_i32, 0_i32);
    for (index, c) in text.char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if round == 0 && curly == 0 => return None,
            '{' => curly += 1,
            '}' => {
                curly -= 1;
                if curly == 0 {
                    return Some(index + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Blanks out comments and the insides of literals, so that braces and paths in what is left are code.
fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, out.ends_with(is_word));
        let taken = if skipped == 0 { first.len_utf8() } else { skipped };
        let (piece, after) = rest.split_at(taken);
        if skipped == 0 {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    out
}

/// How many bytes of a comment or literal begin here; 0 when it is code.
fn skipped(rest: &str, is_in_word: bool) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return comment_end(rest);
    }
    if rest.starts_with('"') {
        return quoted_end(rest, '"');
    }
    if !is_in_word && (rest.starts_with("r\"") || rest.starts_with("r#") || rest.starts_with("br")) {
        return raw_end(rest);
    }
    if rest.starts_with('\'') {
        let mut chars = rest.chars().skip(1);
        let (first, second) = (chars.next(), chars.next());
        let is_char = first == Some('\\') || second == Some('\'');
        return if is_char { quoted_end(rest, '\'') } else { 0 };
    }
    0
}

fn comment_end(rest: &str) -> usize {
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted_end(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A raw string's end; 0 when it is none, but a word that begins with r.
fn raw_end(rest: &str) -> usize {
    let after = rest.trim_start_matches('b').trim_start_matches('r');
    let hashes = after.chars().take_while(|c| *c == '#').count();
    let head = rest.len() - after.len() + hashes;
    if !rest.get(head..).is_some_and(|body| body.starts_with('"')) {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body = rest.get(head + 1..).unwrap_or_default();
    body.find(&close).map_or(rest.len(), |end| head + 1 + end + close.len())
}

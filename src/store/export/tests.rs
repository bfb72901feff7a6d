use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::*;
use crate::domain::DocumentHash;
use crate::store::suite::at;
use crate::store::{MemoryStore, SledStore, Write};

/// A folder with two documents.
fn documents() -> (tempfile::TempDir, Documents) {
    let dir = tempfile::tempdir().expect("tempdir");
    let documents = Documents::open(&dir.path().join("documents")).expect("open");
    documents.put(b"WTPN31 PGTW", at(5)).expect("put");
    documents.put(&[0, 255, 13, 10], at(6)).expect("put");
    (dir, documents)
}

fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let batch: Vec<Write> = Table::ALL
        .into_iter()
        .flat_map(|table| (0..3).map(move |n| Write::put(table, format!("台/{n}"), json!({ "v": 1, "record": 0.1 }))))
        .chain([Write::put(Table::Alerts, "large", json!({ "text": "\n雨".repeat(9000) }))])
        .collect();
    store.commit(&batch).expect("commit");
    store
}

fn users() -> Belonging {
    Belonging { name: "users.toml".to_owned(), bytes: b"\xff[[user]]".to_vec() }
}

fn written(store: &dyn Store, documents: &Documents) -> (Vec<u8>, Summary) {
    let mut bytes = Vec::new();
    let moment = Moment::of(store, vec![users()], at(9)).expect("a moment");
    let (summary, damaged) = moment.write(documents, &mut bytes).expect("written");
    assert_eq!((summary.bytes, damaged), (u64::try_from(bytes.len()).expect("small"), vec![]));
    (bytes, summary)
}

/// What was read before the end.
#[derive(Default)]
struct Found {
    batch: Vec<Write>,
    documents: Vec<(Timestamp, Vec<u8>)>,
    files: Vec<Belonging>,
}

fn read(bytes: &[u8]) -> Result<(Found, Summary), StoreError> {
    let mut reader = Reader::new(bytes)?;
    let mut found = Found::default();
    loop {
        match reader.item()? {
            Item::Record(write) => found.batch.push(write),
            Item::Document(fetched, body) => found.documents.push((fetched, body)),
            Item::File(file) => found.files.push(file),
            Item::End(summary) => return Ok((found, summary)),
        }
    }
}

#[test]
fn a_backup_moves_everything_from_one_backend_to_another_and_back() {
    let (_dir, documents) = documents();
    let (bytes, summary) = written(&filled(), &documents);
    assert_eq!((summary.count, summary.documents, summary.files), (3 * Table::ALL.len() + 1, 2, 1));
    let (found, read) = read(&bytes).expect("read");
    assert_eq!((read, &found.files), (summary, &vec![users()]));
    let (dir, again) = (tempfile::tempdir().expect("tempdir"), tempfile::tempdir().expect("tempdir"));
    let again = Documents::open(again.path()).expect("open");
    for (fetched, body) in &found.documents {
        again.put(body, *fetched).expect("put");
    }
    let sled = SledStore::open(dir.path()).expect("open");
    check_empty(&sled).expect("empty");
    sled.commit(&found.batch).expect("commit");
    assert_eq!(written(&sled, &again).0, bytes);
    let error = check_empty(&sled).expect_err("not empty");
    assert!(error.to_string().contains("name another `data_dir`"), "{error}");
}

#[test]
fn a_cut_or_changed_backup_never_comes_to_its_end() {
    let (_dir, documents) = documents();
    let (bytes, _) = written(&filled(), &documents);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let mut spoilt: Vec<Vec<u8>> = (0..lines.len())
        .map(|gone| lines.iter().enumerate().filter(|(n, _)| *n != gone).flat_map(|(_, line)| line.to_vec()).collect())
        .collect();
    spoilt.extend([0, 1, bytes.len() / 2, bytes.len() - 10, bytes.len() - 1].map(|length| bytes[..length].to_vec()));
    spoilt.push(String::from_utf8_lossy(&bytes).replacen("0.1", "0.2", 1).into_bytes());
    spoilt.push([&bytes[..], b"\n"].concat());
    spoilt.push([&bytes[..], &bytes[..]].concat());
    for bytes in spoilt {
        let error = read(&bytes).err().expect("refused");
        assert!(matches!(error, StoreError::BadExport { .. }), "{error}");
    }
}

/// The line, in a backup that is right but for it, is refused with these words.
#[track_caller]
fn refuse(line: &str, words: &str) {
    let body = format!("{{\"seawall_export\":2,\"at\":\"2026-12-01T00:00:00Z\"}}\n{line}\n");
    let sha256 = DocumentHash::of(body.as_bytes());
    let count = |mark: &str| usize::from(line.starts_with(mark));
    let (count, documents, files) = (count("{\"table\""), count("{\"document\""), count("{\"file\""));
    let summary = Summary { count, documents, files, sha256: sha256.digits().to_owned(), bytes: 0 };
    let bytes = format!("{body}{}\n", serde_json::to_string(&summary).expect("JSON"));
    let error = read(bytes.as_bytes()).err().expect("refused");
    assert!(error.to_string().starts_with("the backup's line 2: ") && error.to_string().contains(words), "{error}");
}

#[test]
fn what_could_do_harm_is_refused_though_its_checksum_is_right() {
    for name in ["../users.toml", "/etc/passwd", "a/../b", "a/b/c", "..", ".ssh", "", "a\\b", "users.toml\\u0000"] {
        let row = format!("{{\"file\":\"{name}\",\"base64\":\"\"}}");
        refuse(&row, "is no name of a file");
    }
    refuse("{\"file\":\"users.toml\",\"base64\":\"=\"}", "its base64 cannot be read");
    let other = DocumentHash::of(b"other");
    let row = format!("{{\"document\":\"{other}\",\"fetched\":\"2026-12-01T00:00:00Z\",\"base64\":\"AAAA\"}}");
    refuse(&row, "do not have the hash");
    refuse("{\"document\":\"sha256:../../x\",\"fetched\":\"2026-12-01T00:00:00Z\",\"base64\":\"AAAA\"}", "do not have");
    refuse("{\"table\":\"secrets\",\"key\":\"k\",\"value\":1}", "there is no table `secrets`");
    refuse(&format!("{{\"table\":\"alerts\",\"key\":\"{}\",\"value\":1}}", "k".repeat(600)), "is too long");
    refuse(
        "{\"table\":\"alerts\",\"key\":\"k\",\"value\":{\"v\":2,\"record\":1}}",
        "has version 2, this seawall knows 1",
    );
    refuse("{\"count\":0,\"sha256\":\"\"}", "");
}

#[test]
fn version_1_is_read_and_a_newer_one_named() {
    let body = "{\"seawall_export\":1}\n{\"table\":\"alerts\",\"key\":\"a\",\"value\":{\"v\":1}}\n";
    let sha256 = DocumentHash::of(body.as_bytes());
    let (found, summary) =
        read(format!("{body}{{\"count\":1,\"sha256\":\"{}\"}}\n", sha256.digits()).as_bytes()).expect("read");
    assert_eq!((summary.count, found.batch), (1, vec![Write::put(Table::Alerts, "a", json!({ "v": 1 }))]));
    let error = read(b"{\"seawall_export\":3,\"more\":[]}\n").err().expect("refused");
    assert!(error.to_string().contains("version 3, this seawall reads up to 2"), "{error}");
    let error = read(b"id,name\n").err().expect("refused");
    assert!(error.to_string().contains("it is not a backup of seawall"), "{error}");
}

/// Batches of a record in each of two tables, and each backup taken meanwhile has both or neither.
#[test]
fn each_backup_is_whole_while_others_commit() {
    let (_documents, documents) = documents();
    let dir = tempfile::tempdir().expect("tempdir");
    let store = SledStore::open(dir.path()).expect("open");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..80 {
                let pair = [Table::Alerts, Table::Journal].map(|table| Write::put(table, format!("{n:02}"), json!(n)));
                store.commit(&pair).expect("commit");
            }
            is_over.store(true, Ordering::Release);
        });
        let mut is_last = false;
        while !is_last {
            is_last = is_over.load(Ordering::Acquire);
            let (found, _) = read(&written(&store, &documents).0).expect("read");
            let of =
                |table| -> Vec<&String> { found.batch.iter().filter(|w| w.table == table).map(|w| &w.key).collect() };
            assert_eq!(of(Table::Alerts), of(Table::Journal));
        }
    });
}

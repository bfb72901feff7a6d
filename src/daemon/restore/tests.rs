use std::io::Cursor;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::*;
use crate::daemon::backup::{moment, write};
use crate::store::{MemoryStore, Store, Table, Write};

const AT: Timestamp = Timestamp::UNIX_EPOCH;
const KEY: &[u8] = b"the key of the house, which is long enough";

/// The configuration of a house in this folder.
fn house(dir: &Path) -> Config {
    let text = "data_dir = \"data\"\nportfolio = \"portfolio\"\ncontact = \"ops@example.com\"\n\
                base_url = \"http://seawall.test\"\n[smtp]\nhost = \"localhost\"\nport = 25\ntls = \"none\"\n\
                from = \"seawall@example.com\"\n[[feed]]\nid = \"deck\"\nurl = \"https://example.com/deck\"\n\
                agency = \"jtwc\"\ncadence = \"1h\"\nsilence_after = \"6h\"\n";
    let path = dir.join("seawall.toml");
    fs::create_dir_all(dir).expect("a folder");
    fs::write(&path, text).expect("a file");
    crate::config::read_config(&path, &|_| None).expect("a configuration").0
}

/// A backup of a house with two records, a document, users, two keys and a portfolio.
fn backup() -> Vec<u8> {
    let dir = tempfile::tempdir().expect("a folder");
    let config = house(dir.path());
    let store = MemoryStore::new();
    let records = [Table::Alerts, Table::Journal].map(|table| Write::put(table, "k", json!({ "v": 1, "record": 1 })));
    store.commit(&records).expect("commit");
    let documents = Documents::open(&config.data_dir.join("documents")).expect("open");
    documents.put(b"WTPN31 PGTW", AT).expect("put");
    fs::create_dir(&config.portfolio).expect("a folder");
    for (name, bytes) in [
        ("data/users.toml", &b"[[user]]"[..]),
        ("data/link.key", KEY),
        ("data/link.key.20261231T120000Z", KEY),
        ("data/link.key.part", b"half"),
        ("portfolio/sites.csv", b"sites"),
        ("portfolio/notes.txt", b"mine"),
    ] {
        fs::write(dir.path().join(name), bytes).expect("a file");
    }
    let mut bytes = Vec::new();
    let done = write(moment(&store, &config, AT).expect("a moment"), &config, AT, &mut bytes).expect("written");
    assert_eq!((done.records, done.documents, done.files), (2, 1, 4), "{done:?}");
    bytes
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("a file").permissions().mode() & 0o777
}

/// Every file below a folder, with its bytes.
fn all(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(all(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

#[test]
fn a_house_is_whole_again_and_its_secrets_are_its_owners() {
    let bytes = backup();
    let dir = tempfile::tempdir().expect("a folder");
    let config = house(&dir.path().join("fresh"));
    let done = restore(&config, Cursor::new(&bytes), false).expect("restored");
    assert_eq!((done.records, done.documents, done.left.as_slice()), (2, 1, &["portfolio/sites.csv".to_owned()][..]));
    assert_eq!(done.files, ["link.key", "link.key.20261231T120000Z", "users.toml"]);
    for name in ["users.toml", "link.key", "link.key.20261231T120000Z"] {
        assert_eq!(mode(&config.data_dir.join(name)), 0o600, "{name}");
    }
    assert!(!config.portfolio.exists());
    let store = SledStore::open(&config.data_dir.join("store")).expect("open");
    assert_eq!(store.scan(Table::Alerts).expect("scan").len(), 1);

    // The same with the portfolio, into a house whose key has another name.
    let dir = tempfile::tempdir().expect("a folder");
    let mut config = house(dir.path());
    config.link_key = dir.path().join("secret/key");
    restore(&config, Cursor::new(&bytes), true).expect("restored");
    assert_eq!(fs::read(dir.path().join("secret/key.20261231T120000Z")).expect("a key"), KEY);
    assert_eq!(fs::read(config.portfolio.join("sites.csv")).expect("a file"), b"sites");
}

#[test]
fn what_a_crash_left_before_the_records_is_restored_over() {
    let bytes = backup();
    let dir = tempfile::tempdir().expect("a folder");
    let config = house(dir.path());
    drop(SledStore::open(&config.data_dir.join("store")).expect("open"));
    let documents = Documents::open(&config.data_dir.join("documents")).expect("open");
    documents.put(b"WTPN31 PGTW", AT).expect("put");
    fs::write(config.data_dir.join("link.key"), KEY).expect("a file");
    fs::write(config.data_dir.join("link.key.20261231T120000Z.part"), "half").expect("a file");
    restore(&config, Cursor::new(bytes), true).expect("restored");
}

#[test]
fn what_is_refused_changes_nothing() {
    type Spoil = fn(&Config, &mut Vec<u8>);
    let good = backup();
    let cases: [(&str, &str, Spoil); 7] = [
        ("is cut", "the last line, with count and checksum, is missing", |_, bytes| bytes.truncate(bytes.len() - 30)),
        ("is changed", "the checksum should be", |_, bytes| {
            let at = bytes.windows(8).position(|part| part == b"\"alerts\"").expect("an alert");
            bytes[at + 16] ^= 1;
        }),
        ("is of a newer version", "version 3", |_, bytes| {
            *bytes = String::from_utf8_lossy(bytes).replacen("export\":2", "export\":3", 1).into_bytes();
        }),
        ("is none", "it is not a backup", |_, bytes| *bytes = b"id,name\n".to_vec()),
        ("finds records", "already holds records", |config, _| {
            let store = SledStore::open(&config.data_dir.join("store")).expect("open");
            store.commit(&[Write::put(Table::Meta, "k", json!(1))]).expect("commit");
        }),
        ("finds other users", "users.toml is there already", |config, _| {
            fs::create_dir_all(&config.data_dir).expect("a folder");
            fs::write(config.data_dir.join("users.toml"), "others").expect("a file");
        }),
        ("finds another portfolio", "people.csv is there already", |config, _| {
            fs::create_dir_all(&config.portfolio).expect("a folder");
            fs::write(config.portfolio.join("people.csv"), "others").expect("a file");
        }),
    ];
    for (name, words, spoil) in cases {
        let dir = tempfile::tempdir().expect("a folder");
        let config = house(dir.path());
        let mut bytes = good.clone();
        spoil(&config, &mut bytes);
        let has_store = config.data_dir.join("store").exists();
        let before = all(dir.path());
        let error = restore(&config, Cursor::new(bytes), true).expect_err(name);
        assert!(error.is_refusal() && error.to_string().contains(words), "a backup that {name}: {error}");
        // An engine that was opened writes its own files anew.
        if has_store {
            assert_eq!(fs::read_dir(&config.data_dir).expect("a folder").count(), 1, "a backup that {name}");
        } else {
            assert_eq!(all(dir.path()), before, "a backup that {name}");
        }
    }
}

#[test]
fn a_running_daemon_is_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = house(dir.path());
    let _daemon = SledStore::open(&config.data_dir.join("store")).expect("open");
    let error = restore(&config, Cursor::new(backup()), false).expect_err("refused");
    assert!(error.is_refusal() && error.to_string().contains("stop the other seawall first"), "{error}");
    assert!(!config.data_dir.join("users.toml").exists());
}

#[test]
fn a_file_of_no_known_name_refuses_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let config = house(dir.path());
    for name in ["seawall.toml", "link.key.part", "link.key.", "link.keys", "portfolio/x.csv", "data/users.toml"] {
        assert_eq!(place(&config, name), None, "{name}");
    }
    for name in ["users.toml", "link.key", "link.key.20270115T080000Z", "portfolio/sites.csv"] {
        assert!(place(&config, name).is_some(), "{name}");
    }
}

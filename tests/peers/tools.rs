//! Where the servers are, and folders and certificates for them.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder that holds a server's files: installed, or unpacked by `tests/run`. `None` after saying what is missing.
pub(crate) fn found(name: &str, program: &str) -> Option<PathBuf> {
    if fs::metadata("/proc/self").map_or(1, |facts| facts.uid()) != 0 {
        eprintln!("THIS TEST DID NOT RUN: {name} is started as root, and this is not root");
        return None;
    }
    let beside_target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers");
    let peers = std::env::var_os("SEAWALL_TEST_PEERS").map_or(beside_target, PathBuf::from);
    let root = [peers.join(name), PathBuf::from("/")].into_iter().find(|root| can_run(root, program));
    if root.is_none() {
        let why = format!(
            "no {name} that can run at {}: run tests/run once, or set SEAWALL_TEST_PEERS; `ldd` names libraries that it lacks",
            peers.display()
        );
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
        eprintln!("THIS TEST DID NOT RUN: {why}");
    }
    root
}

/// It is there, and so are its libraries.
fn can_run(root: &Path, program: &str) -> bool {
    let program = root.join(program);
    let libraries = Command::new("ldd").arg(&program).env("LD_LIBRARY_PATH", root.join("usr/lib/postfix")).output();
    let lacks = |output: std::process::Output| String::from_utf8_lossy(&output.stdout).contains("not found");
    program.exists() && !libraries.is_ok_and(lacks)
}

/// An empty folder that every user may look into: servers put off their privileges.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("seawall-peers-{}-{name}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run can be removed");
    }
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// A folder with `ca.pem`, and `key.pem` and `cert.pem` for this machine. `None` after saying what is missing.
pub(crate) fn certificates(name: &str) -> Option<PathBuf> {
    const MAKE: &str = "import sys, trustme\nca = trustme.CA()\nserver = ca.issue_cert('localhost', '127.0.0.1')\n\
        ca.cert_pem.write_to_path(sys.argv[1] + '/ca.pem')\n\
        server.private_key_pem.write_to_path(sys.argv[1] + '/key.pem')\n\
        server.cert_chain_pems[0].write_to_path(sys.argv[1] + '/cert.pem')\n";
    let beside_target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("venv/bin/python");
    let python = std::env::var_os("SEAWALL_TEST_PYTHON").map_or(beside_target, PathBuf::from);
    let folder = folder(&format!("{name}-ca"));
    let made = Command::new(&python).args(["-c", MAKE]).arg(&folder).status();
    if made.is_ok_and(|status| status.success()) {
        return Some(folder);
    }
    let why = format!("no Python with trustme at {}: run tests/run once, or set SEAWALL_TEST_PYTHON", python.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("THIS TEST DID NOT RUN: {why}");
    None
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port()
}

/// Waits until somebody listens.
pub(crate) fn wait_for_port(port: u16, what: &str) {
    let end = std::time::Instant::now() + super::PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(std::time::Instant::now() < end, "{what} does not listen");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

/// Ends a process, which leads a group of its own, and its group by SIGTERM, and waits until nobody listens on its port:
/// each process that it has started holds the port too.
pub(crate) fn terminate(child: &mut std::process::Child, port: u16) {
    let order = format!("kill -s TERM -- -{}", child.id());
    // It may have ended by itself; then there is nothing to end.
    drop(Command::new("sh").args(["-c", &order]).status());
    child.wait().expect("it has ended");
    let end = std::time::Instant::now() + super::PATIENCE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(std::time::Instant::now() < end, "somebody still listens on port {port}");
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}

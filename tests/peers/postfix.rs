//! Postfix in a folder: TLS for whoever wants to send, a password (by Dovecot's protocol, spoken here), a greylist (a
//! policy server, here too), and two mailboxes.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::tools;

/// The password of `seawall`.
pub(crate) const PASSWORD: &str = "a-long-password";
/// `\0seawall\0a-long-password` in base64.
const TOKEN: &str = "AHNlYXdhbGwAYS1sb25nLXBhc3N3b3Jk";
/// The user that owns queue and mailboxes, and the group of the drop: both are in every Debian.
const OWNER: (&str, u32) = ("mail", 8);
const DROP_GROUP: (&str, u32) = ("games", 60);

pub(crate) struct Postfix {
    pub(crate) port: u16,
    /// With TLS from the first byte.
    pub(crate) secure_port: u16,
    root: PathBuf,
    folder: PathBuf,
    ca: PathBuf,
    master: Option<Child>,
}

impl Postfix {
    pub(crate) fn start(root: &Path, ca: &Path) -> Self {
        let folder = tools::folder("postfix");
        let (port, secure_port) = (tools::free_port(), tools::free_port());
        make_folders(&folder);
        let greylist = greylist();
        fs::write(folder.join("etc/main.cf"), main_cf(root, &folder, ca, greylist)).expect("written");
        fs::write(folder.join("etc/master.cf"), master_cf(port, secure_port)).expect("written");
        fs::write(folder.join("etc/boxes"), "li@example.com box/\nwang@example.com box/\n").expect("written");
        passwords(&folder.join("queue/private/auth"));
        let mut postfix = Self { port, secure_port, root: root.to_owned(), folder, ca: ca.to_owned(), master: None };
        postfix.again();
        postfix
    }

    /// Starts it again.
    pub(crate) fn again(&mut self) {
        let log = fs::File::create(self.folder.join("out")).expect("a file");
        let master = Command::new(self.root.join("usr/lib/postfix/sbin/master"))
            .arg("-c")
            .arg(self.folder.join("etc"))
            .arg("-d")
            .env("LD_LIBRARY_PATH", self.root.join("usr/lib/postfix"))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn();
        self.master = Some(master.expect("Postfix can be started"));
        tools::wait_for_port(self.port, "Postfix");
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut master) = self.master.take() {
            tools::terminate(&mut master, self.port);
        }
    }

    /// What lies in the mailboxes.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.folder.join("mail/box/new")).into_iter().flatten().flatten();
        entries.map(|entry| fs::read(entry.path()).expect("a mail")).collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("Postfix and its log are left in {}", self.folder.display());
            return;
        }
        for folder in [&self.folder, &self.ca] {
            if let Err(error) = fs::remove_dir_all(folder) {
                eprintln!("{}: {error}", folder.display());
            }
        }
    }
}

fn make_folders(folder: &Path) {
    const QUEUES: [&str; 14] = [
        "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private",
        "public", "saved", "trace",
    ];
    for name in ["etc", "data", "mail", "queue"] {
        fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    for name in ["data", "mail"] {
        chown(folder.join(name), Some(OWNER.1), Some(OWNER.1)).expect("owned");
    }
    for name in QUEUES {
        let path = folder.join("queue").join(name);
        fs::create_dir_all(&path).expect("a folder");
        match name {
            "pid" => {}
            "maildrop" | "public" => chown(&path, Some(OWNER.1), Some(DROP_GROUP.1)).expect("owned"),
            _ => chown(&path, Some(OWNER.1), None).expect("owned"),
        }
    }
}

fn main_cf(root: &Path, folder: &Path, ca: &Path, greylist: u16) -> String {
    let (root, folder, ca) = (root.display(), folder.display(), ca.display());
    let (owner, uid) = OWNER;
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
meta_directory = {folder}/etc
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
import_environment = MAIL_CONFIG LD_LIBRARY_PATH={root}/usr/lib/postfix LANG=C
mail_owner = {owner}
setgid_group = {}
default_privs = nobody
maillog_file = {folder}/log
maillog_file_prefixes = /
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mynetworks =
mydestination =
smtputf8_enable = no
alias_maps =
alias_database =
virtual_alias_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/etc/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {ca}/cert.pem
smtpd_tls_key_file = {ca}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, check_policy_service inet:127.0.0.1:{greylist}
",
        DROP_GROUP.0
    )
}

fn master_cf(port: u16, secure_port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{secure_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
"
    )
}

/// Puts off each recipient the first time it is asked about.
fn greylist() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = seen.clone();
            std::thread::spawn(move || put_off(stream, &seen));
        }
    });
    port
}

/// Answers one of Postfix' processes, question after question.
fn put_off(stream: TcpStream, seen: &Mutex<BTreeSet<String>>) {
    let mut answers = stream.try_clone().expect("a stream can be shared");
    let mut recipient = String::new();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        if let Some(to) = line.strip_prefix("recipient=") {
            to.clone_into(&mut recipient);
        }
        if !line.is_empty() {
            continue;
        }
        let is_new = seen.lock().unwrap_or_else(PoisonError::into_inner).insert(recipient.clone());
        let action = if is_new { "450 4.2.0 Greylisted, come again" } else { "dunno" };
        if write!(answers, "action={action}\n\n").is_err() {
            return;
        }
    }
}

/// Says whether a login is right, as Dovecot's auth server does (its protocol 1.1).
fn passwords(path: &Path) {
    let listener = UnixListener::bind(path).expect("a socket");
    fs::set_permissions(path, fs::Permissions::from_mode(0o666)).expect("for all");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut answers = stream.try_clone().expect("a stream can be shared");
                let hello = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t1\nCUID\t1\n\
                     COOKIE\t0123456789abcdef0123456789abcdef\nDONE\n";
                let mut is_heard = answers.write_all(hello.as_bytes()).is_ok();
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let mut words = line.split('\t');
                    if !is_heard || words.next() != Some("AUTH") {
                        continue;
                    }
                    let id = words.next().unwrap_or_default();
                    let is_right = words.any(|word| word == format!("resp={TOKEN}"));
                    let verdict = if is_right { "OK" } else { "FAIL" };
                    is_heard = writeln!(answers, "{verdict}\t{id}\tuser=seawall").is_ok();
                }
            });
        }
    });
}

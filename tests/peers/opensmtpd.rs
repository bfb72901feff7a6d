//! OpenSMTPD with mounts of its own, so that its users, its spool and its helpers are there for it alone. It passes what it
//! takes on to a server of ours. Without TLS: Debian 12's does not get along with OpenSSL 3 (OpenSMTPD/OpenSMTPD 1171).

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::tools;

pub(crate) struct OpenSmtpd {
    pub(crate) port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

/// Mounts, and then the server in place of the shell.
const RUN: &str = r#"set -e
mount --make-rprivate /
cp -r "$ROOT/usr/libexec/opensmtpd" "$FOLDER/libexec"
mkdir -p /usr/libexec
mount -t tmpfs tmpfs /usr/libexec
cp -r "$FOLDER/libexec" /usr/libexec/opensmtpd
mount --bind "$FOLDER/passwd" /etc/passwd
mount --bind "$FOLDER/group" /etc/group
mount --bind "$FOLDER/spool" /var/spool
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /run
mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
chmod 711 /var/spool/smtpd /var/lib/opensmtpd/empty
exec "$ROOT/usr/sbin/smtpd" -d -f "$FOLDER/smtpd.conf"
"#;

impl OpenSmtpd {
    pub(crate) fn start(root: &Path, pass_on_to: u16) -> Self {
        let folder = tools::folder("opensmtpd");
        fs::create_dir_all(folder.join("spool")).expect("a folder");
        let port = tools::free_port();
        let user = |id: u32, name: &str| format!("{name}:x:{id}:{id}::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n");
        let users = fs::read_to_string("/etc/passwd").expect("users");
        let groups = fs::read_to_string("/etc/group").expect("groups");
        let (daemon, queue) = ("opensmtpd", "opensmtpq");
        let passwd = format!("{users}{}{}", user(64_812, daemon), user(64_813, queue));
        fs::write(folder.join("passwd"), passwd).expect("written");
        fs::write(folder.join("group"), format!("{groups}{daemon}:x:64812:\n{queue}:x:64813:\n")).expect("written");
        let conf = format!(
            "table good {{ \"li@example.com\" }}\nlisten on 127.0.0.1 port {port} hostname mail.example.com\n\
             action \"on\" relay host smtp://127.0.0.1:{pass_on_to}\nmatch from any for rcpt-to <good> action \"on\"\n"
        );
        fs::write(folder.join("smtpd.conf"), conf).expect("written");
        fs::write(folder.join("run.sh"), RUN.replace("$ROOT", &root.display().to_string())).expect("written");
        let mut server = Self { port, folder, child: None };
        server.again();
        server
    }

    pub(crate) fn again(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.join("log")).expect("a file");
        drop(fs::remove_dir_all(self.folder.join("libexec")));
        let child = Command::new("unshare")
            .args(["--mount", "sh"])
            .arg(self.folder.join("run.sh"))
            .env("FOLDER", &self.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn();
        self.child = Some(child.expect("OpenSMTPD can be started"));
        tools::wait_for_port(self.port, "OpenSMTPD");
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            tools::terminate(&mut child, self.port);
        }
    }
}

impl Drop for OpenSmtpd {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("OpenSMTPD and its log are left in {}", self.folder.display());
        } else if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{}: {error}", self.folder.display());
        }
    }
}

//! The program as a process.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use super::web::get;
use super::{wait_for, wait_until};

/// A running `seawall run`.
pub(crate) struct Daemon {
    child: Child,
    said: Arc<Mutex<Vec<String>>>,
    log: PathBuf,
}

/// Runs a command to its end.
pub(crate) fn seawall(arguments: &[&str]) -> Output {
    program().args(arguments).output().expect("seawall can be started")
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    // Nothing of the machine's own may change a story.
    for name in ["SEAWALL_DATA_DIR", "SEAWALL_SMTP_PASSWORD", "SEAWALL_CONFIG", "RUST_LOG", "http_proxy", "HTTP_PROXY"]
    {
        command.env_remove(name);
    }
    command
}

impl Daemon {
    /// Starts it; its words go into `daemon.log` beside the configuration.
    pub(crate) fn spawn(config: &Path) -> Self {
        let mut command = program();
        command.arg("run").arg("--config").arg(config);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("seawall can be started");
        let lines = BufReader::new(child.stderr.take().expect("its standard error")).lines();
        let log = config.with_file_name("daemon.log");
        let mut file = OpenOptions::new().create(true).append(true).open(&log).expect("a log can be written");
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let there = said.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                writeln!(file, "{line}").expect("a log can be written");
                there.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Self { child, said, log }
    }

    /// Starts it and waits until it says that polling has begun and answers for itself.
    pub(crate) fn start(config: &Path) -> Self {
        let mut daemon = Self::spawn(config);
        let address = daemon.address();
        wait_until("/readyz", || get(&address, "/readyz").is_some_and(|reply| reply.status == 200));
        daemon
    }

    /// Where it listens, such as `127.0.0.1:4711`; waits until it says so.
    pub(crate) fn address(&mut self) -> String {
        self.address_of(1)
    }

    /// Where it listens since it was ready for so many times: it starts anew for another configuration.
    pub(crate) fn address_of(&mut self, times: usize) -> String {
        let said = self.said.clone();
        let child = &mut self.child;
        let log = &self.log;
        wait_for("the daemon to be ready", || {
            if let Ok(Some(status)) = child.try_wait() {
                let words = std::fs::read_to_string(log).unwrap_or_default();
                assert!(status.success(), "the daemon ended with {status}:\n{words}");
            }
            let said = said.lock().unwrap_or_else(PoisonError::into_inner);
            let mut ready = said.iter().filter_map(|line| line.strip_prefix("seawall: ready on http://"));
            ready.nth(times - 1).map(|address| address.trim().trim_end_matches('/').to_owned())
        })
    }

    /// The lines it has said so far that hold a word.
    pub(crate) fn said(&self, word: &str) -> Vec<String> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().filter(|line| line.contains(word)).cloned().collect()
    }

    /// SIGHUP: read configuration, portfolio and rules anew.
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// The shell's own `kill`: the program of that name is not on every machine.
    fn signal(&self, name: &str) {
        let order = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &order]).status().expect("a shell");
        assert!(sent.success(), "SIG{name} could not be sent");
    }

    /// `kill -9`: no goodbye.
    pub(crate) fn kill_nine(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// SIGTERM, and waits until it has put everything away.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        let child = &mut self.child;
        let status = wait_for("the daemon to stop", || child.try_wait().expect("a child"));
        assert!(status.success(), "after SIGTERM the daemon ended with {status}");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Stopped or killed ones have been waited for; this is for stories that failed.
        if matches!(self.child.try_wait(), Ok(None)) && self.child.kill().is_ok() {
            self.child.wait().expect("it has ended");
        }
    }
}

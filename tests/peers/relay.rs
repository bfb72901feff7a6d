//! A wire that can be cut, and a mail server that keeps what a server under test passes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Passes bytes on to a port; a connection may be cut after some.
pub(crate) struct Relay {
    pub(crate) port: u16,
    cut: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Relay {
    /// In front of a port.
    pub(crate) fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let cut = Arc::new(AtomicUsize::new(0));
        let cuts = cut.clone();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let opened = open.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Nobody behind: the client sees a connection that ends.
                let Ok(server) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let cut = cuts.clone();
                let pair = |stream: &TcpStream| stream.try_clone().expect("a stream can be shared");
                let (from_server, to_client) = (pair(&server), pair(&client));
                opened.lock().unwrap_or_else(PoisonError::into_inner).push(pair(&client));
                std::thread::spawn(move || pass(from_server, to_client, None));
                std::thread::spawn(move || pass(client, server, Some(&cut)));
            }
        });
        Self { port, cut, open }
    }

    /// Ends all connections: a kept one would otherwise carry a mail to a server that dies with it in its hands, and
    /// nobody could say whether it was taken.
    pub(crate) fn end_all(&self) {
        for stream in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // It may have ended by itself.
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// The first connection that carries so many more bytes from the client is cut; one, whichever it is.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.cut.store(bytes, Ordering::SeqCst);
    }
}

/// Passes on until an end, or until as many bytes have passed as `cut` says since it was not 0.
fn pass(mut from: TcpStream, mut to: TcpStream, cut: Option<&AtomicUsize>) {
    let mut buffer = vec![0; 4_096];
    // What had passed when the cut was asked for.
    let (mut passed, mut since) = (0, None);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        passed += count;
        let is_cut = cut.is_some_and(|cut| {
            let limit = cut.load(Ordering::SeqCst);
            let begun = *since.get_or_insert(passed - count);
            if limit == 0 {
                since = None;
            }
            let is_due = limit > 0 && passed - begun >= limit;
            is_due && cut.compare_exchange(limit, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        });
        if to.write_all(buffer.get(..count).unwrap_or_default()).is_err() || is_cut {
            break;
        }
    }
    // An end of one side is the end of both.
    drop(from.shutdown(Shutdown::Both).and(to.shutdown(Shutdown::Both)));
}

/// A mail server that takes everything.
pub(crate) struct Keeper {
    pub(crate) port: u16,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Keeper {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let kept: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let keeping = kept.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = keeping.clone();
                std::thread::spawn(move || talk(stream, &kept));
            }
        });
        Self { port, kept }
    }

    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn talk(mut stream: TcpStream, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    stream.write_all(b"220 keeper\r\n").ok()?;
    loop {
        let mut line = String::new();
        (reader.read_line(&mut line).ok()? > 0).then_some(())?;
        let command = line.trim_end().to_ascii_uppercase();
        let reply: &[u8] = if command.starts_with("DATA") { b"354 go on\r\n" } else { b"250 fine\r\n" };
        stream.write_all(reply).ok()?;
        if command.starts_with("QUIT") {
            return None;
        }
        if command.starts_with("DATA") {
            let mut mail = Vec::new();
            loop {
                let mut line = Vec::new();
                (reader.read_until(b'\n', &mut line).ok()? > 0).then_some(())?;
                if line == b".\r\n" {
                    break;
                }
                mail.extend(line.strip_prefix(b".").unwrap_or(&line));
            }
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
            stream.write_all(b"250 kept\r\n").ok()?;
        }
    }
}

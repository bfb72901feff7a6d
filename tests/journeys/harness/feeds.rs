//! A web server for feeds: right `ETag`s and 304s, or any of the ways in which a feed goes wrong.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What stands at a path.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A document, with an `ETag` of its bytes.
    Document(Vec<u8>),
    /// A status and nothing of use.
    Status(u16),
    /// Says that it is 2 GB long, and sends zeros until the client has had enough.
    Huge,
    /// A document that never ends, and never says how long it is.
    Endless,
    /// A document, after a while.
    Slow(Duration, Vec<u8>),
    /// Takes the question and says nothing.
    Silence,
    /// Bytes that are no HTTP.
    NotHttp,
}

#[derive(Default)]
struct Shelf {
    answers: BTreeMap<String, Answer>,
    asked: BTreeMap<String, usize>,
    not_modified: usize,
}

/// The server. It ends with the process.
pub(crate) struct Feeds {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
}

impl Feeds {
    /// Starts on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shelf: Arc<Mutex<Shelf>> = Arc::default();
        let there = shelf.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shelf = there.clone();
                std::thread::spawn(move || serve(stream, &shelf));
            }
        });
        Self { address, shelf }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts an answer at a path, from the next question on.
    pub(crate) fn put(&self, path: &str, answer: Answer) {
        lock(&self.shelf).answers.insert(path.to_owned(), answer);
    }

    /// How often all paths have been asked for.
    pub(crate) fn asked(&self) -> usize {
        lock(&self.shelf).asked.values().sum()
    }

    /// How often a path has been asked for.
    pub(crate) fn asked_for(&self, path: &str) -> usize {
        lock(&self.shelf).asked.get(path).copied().unwrap_or_default()
    }

    /// How often "not modified" was the answer.
    pub(crate) fn not_modified(&self) -> usize {
        lock(&self.shelf).not_modified
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One question a connection; a client that goes away is nobody's fault.
fn serve(stream: TcpStream, shelf: &Mutex<Shelf>) {
    if let Err(error) = answer(stream, shelf) {
        let kinds = [std::io::ErrorKind::BrokenPipe, std::io::ErrorKind::ConnectionReset];
        assert!(kinds.contains(&error.kind()), "the feeds' server: {error}");
    }
}

fn answer(mut stream: TcpStream, shelf: &Mutex<Shelf>) -> std::io::Result<()> {
    let Some((path, etag)) = question(&stream)? else { return Ok(()) };
    let answer = {
        let mut shelf = lock(shelf);
        *shelf.asked.entry(path.clone()).or_default() += 1;
        shelf.answers.get(&path).cloned().unwrap_or(Answer::Status(404))
    };
    match answer {
        Answer::Slow(wait, body) => {
            std::thread::park_timeout(wait);
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n")?;
            stream.write_all(&body)
        }
        Answer::Document(body) => {
            let tag = tag(&body);
            if etag.as_deref() == Some(tag.as_str()) {
                lock(shelf).not_modified += 1;
                return write!(stream, "HTTP/1.1 304 Not Modified\r\netag: {tag}\r\nconnection: close\r\n\r\n");
            }
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\netag: {tag}\r\nconnection: close\r\n\r\n")?;
            stream.write_all(&body)
        }
        Answer::Status(code) => {
            write!(stream, "HTTP/1.1 {code} Nothing\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno")
        }
        Answer::Huge => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\nconnection: close\r\n\r\n")?;
            pour(stream, &vec![b'0'; 65_536])
        }
        Answer::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            let mut chunk = b"1000\r\n".to_vec();
            chunk.extend([b'<'; 0x1000]);
            chunk.extend(b"\r\n");
            pour(stream, &chunk)
        }
        Answer::Silence => {
            stream.set_read_timeout(Some(Duration::from_mins(5)))?;
            BufReader::new(stream).read_until(0, &mut Vec::new()).map(drop)
        }
        Answer::NotHttp => stream.write_all(b"220 this is a mail server\r\n"),
    }
}

/// The path that is asked for, and the `ETag` that the client has.
fn question(stream: &TcpStream) -> std::io::Result<Option<(String, Option<String>)>> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut etag = None;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let field = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("if-none-match"));
        etag = field.map(|(_, value)| value.trim().to_owned()).or(etag);
    }
    Ok(Some((path, etag)))
}

fn pour(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    loop {
        stream.write_all(bytes)?;
    }
}

fn tag(body: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

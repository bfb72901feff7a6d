use base64::Engine as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// 300,000 zero bytes, packed.
const BOMB: &str = "H4sIAAAAAAACA+3BAQ0AAADCoPdPbQ8HFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/Bj74rL24JMEAA==";

const CAP: u64 = 65_536;

/// A server on loopback that gives every connection the answer of its path and remembers what was asked.
struct Server {
    base: String,
    asked: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: fn(&str) -> Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let asked = std::sync::Arc::default();
        let log = std::sync::Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer, std::sync::Arc::clone(&log)));
            }
        });
        Self { base, asked }
    }

    async fn get(&self, path: &str) -> Result<Fetched, FetchError> {
        self.ask(request(&format!("{}{path}", self.base))).await
    }

    async fn ask(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        Fetcher::new(&FetchSettings::new("ops@example.com")).expect("client").get(&request).await
    }

    fn last_question(&self) -> String {
        self.asked.lock().expect("log").last().cloned().unwrap_or_default()
    }
}

async fn serve(mut stream: TcpStream, answer: fn(&str) -> Vec<u8>, log: std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let mut question = Vec::new();
    let mut buffer = [0; 4096];
    while !question.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            // A TLS hello is answered in plain HTTP, as a server without TLS does.
            Ok(_) if buffer[0] == 0x16 => {
                stream.write_all(&reply("400 Bad Request", "", b"")).await.ok();
                return;
            }
            Ok(count) => question.extend_from_slice(&buffer[..count]),
        }
    }
    let question = String::from_utf8_lossy(&question).to_lowercase();
    let path = question.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().expect("log").push(question);
    stream.write_all(&answer(&path)).await.ok();
    if path.starts_with("/slow") {
        // Held open without another word until the client gives up.
        stream.read_to_end(&mut Vec::new()).await.ok();
    }
}

fn request(url: &str) -> FetchRequest {
    FetchRequest {
        url: url.to_owned(),
        etag: None,
        last_modified: None,
        referer: None,
        timeout: Duration::from_secs(5),
        max_bytes: CAP,
        now: "2004-08-12T00:00:00Z".parse().expect("time"),
    }
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn answers(path: &str) -> Vec<u8> {
    match path {
        "/doc" => reply(
            "200 OK",
            "etag: \"v1\"\r\nlast-modified: Wed, 11 Aug 2004 00:00:00 GMT\r\ncontent-type: text/xml; charset=\"GB2312\"\r\n",
            b"<alert/>",
        ),
        "/304" => b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_vec(),
        "/empty" => reply("200 OK", "", b""),
        "/gone" => reply("410 Gone", "", b""),
        "/missing" => reply("404 Not Found", "", b"<html>"),
        "/broken" => reply("500 Oops", "", b""),
        "/busy" => reply("429 Slow down", "retry-after: 7\r\n", b""),
        "/down" => reply("503 Down", "retry-after: Thu, 12 Aug 2004 00:02:00 GMT\r\n", b""),
        "/crowded" => reply("429 Slow down", "retry-after: soon\r\n", b""),
        "/forbidden" => reply("403 Forbidden", "", b""),
        "/bomb" => {
            let packed = base64::engine::general_purpose::STANDARD.decode(BOMB).expect("base64");
            reply("200 OK", "content-encoding: gzip\r\n", &packed)
        }
        "/notgzip" => reply("200 OK", "content-encoding: gzip\r\n", b"plain"),
        "/huge" => b"HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n<alert>".to_vec(),
        "/cap" => reply("200 OK", "", &vec![b'x'; 65_536]),
        "/over" => {
            let mut answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n".to_vec();
            for _ in 0..5 {
                answer.extend_from_slice(b"4000\r\n");
                answer.extend_from_slice(&[b'x'; 0x4000]);
                answer.extend_from_slice(b"\r\n");
            }
            [answer.as_slice(), b"0\r\n\r\n"].concat()
        }
        "/torn" => b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n<alert>".to_vec(),
        "/slow-body" => b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<alert>".to_vec(),
        "/nonsense" => b"\x00\x01 this is no HTTP at all\r\n\r\n".to_vec(),
        "/to-doc" => reply("302 Found", "location: /doc\r\n", b""),
        "/loop" => reply("302 Found", "location: /loop\r\n", b""),
        "/to-file" => reply("302 Found", "location: file:///etc/passwd\r\n", b""),
        "/nowhere" => reply("302 Found", "", b""),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_document_comes_with_what_the_next_question_needs() {
    let server = Server::start(answers).await;
    let Ok(Fetched::Document { body, charset, etag, last_modified, final_url, clock: None }) = server.get("/doc").await
    else {
        panic!("no document")
    };
    assert_eq!(body, b"<alert/>");
    assert_eq!(charset.as_deref(), Some("gb2312"));
    assert_eq!(etag.as_deref(), Some("\"v1\""));
    assert_eq!(last_modified.as_deref(), Some("Wed, 11 Aug 2004 00:00:00 GMT"));
    assert_eq!(final_url, format!("{}/doc", server.base));
    assert!(server.last_question().contains("user-agent: seawall/0.1 (+ops@example.com)\r\n"));
}

#[tokio::test]
async fn an_unchanged_document_is_not_sent_again() {
    let server = Server::start(answers).await;
    let mut question = request(&format!("{}/304", server.base));
    question.etag = Some("\"v1\"".to_owned());
    question.last_modified = Some("Wed, 11 Aug 2004 00:00:00 GMT".to_owned());
    assert_eq!(server.ask(question.clone()).await, Ok(Fetched::NotModified { clock: None }));
    let asked = server.last_question();
    assert!(asked.contains("if-none-match: \"v1\"\r\n") && asked.contains("if-modified-since: wed, 11 aug"), "{asked}");
    question.etag = Some("v1\r\nx-forged: yes".to_owned());
    assert_eq!(server.ask(question).await, Ok(Fetched::NotModified { clock: None }));
    assert!(!server.last_question().contains("x-forged"));
    // Nobody asked whether it changed, so "unchanged" is no answer.
    assert!(matches!(server.get("/304").await, Err(FetchError::Status { status: 304, .. })));
}

#[tokio::test]
async fn every_kind_of_failure_has_its_name() {
    let server = Server::start(answers).await;
    for (path, begins, is_transient) in [
        ("/missing", "there is no such document", false),
        ("/gone", "there is no such document", false),
        ("/broken", "the server answered 500", true),
        ("/forbidden", "the server answered 403", false),
        ("/crowded", "the server answered 429", true),
        ("/busy", "the server answered 429 and asks us to wait 7 s", true),
        ("/down", "the server answered 503 and asks us to wait 120 s", true),
        ("/empty", "the answer is broken: the answer is empty", true),
        ("/torn", "the answer is broken", true),
        ("/notgzip", "the answer is broken", true),
        ("/nonsense", "the answer is broken", true),
        ("/nothing", "the answer is broken", true),
        ("/huge", "the document is larger than 65536 bytes", false),
        ("/bomb", "the document is larger than 65536 bytes", false),
        ("/over", "the document is larger than 65536 bytes", false),
        ("/loop", "a redirect was refused: there are too many of them", false),
        ("/to-file", "the server answered 302", false),
        ("/nowhere", "the server answered 302", false),
    ] {
        let error = server.get(path).await.expect_err(path);
        let words = error.to_string();
        assert!(words.starts_with(&format!("{}{path}: {begins}", server.base)), "{words}");
        assert_eq!(error.is_transient(), is_transient, "{words}");
    }
    assert_eq!(server.get("/busy").await.expect_err("busy").retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_document_of_just_the_most_bytes_is_taken() {
    let server = Server::start(answers).await;
    assert!(matches!(server.get("/cap").await, Ok(Fetched::Document { body, .. }) if body.len() == 65_536));
}

#[tokio::test]
async fn redirects_are_followed_to_the_end() {
    let server = Server::start(answers).await;
    let Ok(Fetched::Document { final_url, .. }) = server.get("/to-doc").await else { panic!("no document") };
    assert_eq!(final_url, format!("{}/doc", server.base));
}

#[tokio::test]
async fn a_slow_server_is_given_up() {
    let server = Server::start(answers).await;
    for path in ["/slow-body", "/slow-head"] {
        let mut question = request(&format!("{}{path}", server.base));
        question.timeout = Duration::from_millis(150);
        let error = server.ask(question).await.expect_err(path);
        assert!(matches!(error, FetchError::Timeout { .. }) && error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/?key=s3cret", listener.local_addr().expect("address"));
    drop(listener);
    let server = Server::start(answers).await;
    let error = server.ask(request(&url)).await.expect_err("nobody");
    assert!(matches!(error, FetchError::Connect { .. }) && error.is_transient(), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert!(error.to_string().contains("/?…: no connection"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_told_apart() {
    let server = Server::start(answers).await;
    let error = server.ask(request(&server.base.replace("http:", "https:"))).await.expect_err("no TLS");
    assert!(matches!(error, FetchError::Tls { .. }), "{error:?}");
}

#[tokio::test]
async fn what_cannot_be_fetched() {
    let server = Server::start(answers).await;
    for url in ["", "jtwc.rss", "file:///etc/passwd", "ftp://me:s3cret@example.com/"] {
        let error = server.ask(request(url)).await.expect_err(url);
        assert!(matches!(error, FetchError::Address { .. }), "{error:?}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    let forged = FetchSettings::new("x\r\ny");
    assert!(matches!(Fetcher::new(&forged), Err(FetchError::Setup { .. })));
}

#[test]
fn charsets() {
    assert_eq!(charset("text/xml; charset=\"GBK\"").as_deref(), Some("gbk"));
    assert_eq!(charset("text/xml;a=b; Charset=utf-8").as_deref(), Some("utf-8"));
    assert_eq!(charset("text/xml"), None);
    assert_eq!(charset("text/xml; charset="), None);
}

#[tokio::test]
async fn the_servers_clock_counts_what_caches_have_had_it() {
    let server = Server::start(|path| {
        let age = if path == "/cached" { "age: 90\r\n" } else { "" };
        reply("200 OK", &format!("date: Thu, 12 Aug 2004 00:01:30 GMT\r\n{age}"), b"x")
    })
    .await;
    for (path, shows) in [("/fresh", "2004-08-12T00:01:30Z"), ("/cached", "2004-08-12T00:03:00Z")] {
        let Ok(Fetched::Document { clock, .. }) = server.get(path).await else { panic!("a document") };
        assert_eq!(clock, Some(shows.parse().expect("time")), "{path}");
    }
}

#[tokio::test]
async fn a_page_to_come_from_is_named_when_it_is_wanted() {
    let server = Server::start(|_| reply("200 OK", "", b"x")).await;
    let mut question = request(&format!("{}/alarms", server.base));
    question.referer = Some("https://example.com/page".to_owned());
    assert!(server.ask(question).await.is_ok());
    assert!(server.last_question().contains("referer: https://example.com/page"), "{}", server.last_question());
    assert!(server.get("/alarms").await.is_ok());
    assert!(!server.last_question().contains("referer"), "{}", server.last_question());
}

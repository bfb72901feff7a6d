//! A browser of a few lines: one request a connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// The head, as it came.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Reply {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The cookies that it sets, by name; an empty one is taken away.
    pub(crate) fn cookies(&self) -> Vec<(String, String)> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let set = fields.filter(|(field, _)| field.eq_ignore_ascii_case("set-cookie"));
        let pair = |value: &str| value.trim().split(';').next().and_then(|pair| pair.split_once('=')).map(owned);
        set.filter_map(|(_, value)| pair(value)).collect()
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Asks for a page; `None` when nobody answers.
pub(crate) fn get(address: &str, path: &str) -> Option<Reply> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
}

/// The same with a cookie header.
pub(crate) fn get_with(address: &str, path: &str, cookies: &str) -> Option<Reply> {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: {cookies}\r\n\r\n"))
}

/// Ends a session, with the word that the page repeats.
pub(crate) fn leave(address: &str, session: &str, word: &str) -> Option<Reply> {
    let head = format!("POST /logout HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 0\r\n");
    ask(address, &format!("{head}cookie: __Host-seawall={session}\r\nx-csrf-token: {word}\r\n\r\n"))
}

/// Sends a form, as a button does.
pub(crate) fn post_form(address: &str, path: &str, fields: &[(&str, &str)]) -> Option<Reply> {
    let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let form = form.join("&");
    let length = form.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    ask(address, &format!("{head}content-type: application/x-www-form-urlencoded\r\n\r\n{form}"))
}

/// Sends JSON, as a program does.
pub(crate) fn post_json(address: &str, path: &str, body: &str) -> Option<Reply> {
    send_json(address, "POST", path, body)
}

/// The same in the place of what is there.
pub(crate) fn put_json(address: &str, path: &str, body: &str) -> Option<Reply> {
    send_json(address, "PUT", path, body)
}

fn send_json(address: &str, method: &str, path: &str, body: &str) -> Option<Reply> {
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n");
    ask(address, &format!("{head}content-type: application/json\r\n\r\n{body}"))
}

fn ask(address: &str, question: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, head: head.to_owned(), body: body.to_owned() })
}

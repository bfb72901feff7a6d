//! SMTP on the wire: lines out, replies in, in as few packets as the server allows.
//!
//! Nagle's algorithm is off, and a mail goes out in one write with its closing dot: left on, each kept connection waits
//! 40 ms a mail for an acknowledgement that is delayed, which makes some 24 mails a second.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// The longest line of a reply: RFC 5321 4.5.3.1.5 says 512, and servers say more.
const LINE_BYTES_MAX: u64 = 4_096;
/// The most lines of a reply.
const LINES_MAX: usize = 100;

/// A stream in clear or under TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for S {}

/// A connection to a mail server.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
}

/// A reply: its code, and the words of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) lines: Vec<String>,
}

impl Wire {
    /// Connects in clear.
    pub(super) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self { stream: BufReader::new(Box::new(stream)) }
    }

    /// The stream itself, to be put under TLS. What the server has said in clear beyond its last reply would be taken
    /// for words under TLS, so it is an error.
    pub(super) fn into_stream(self) -> io::Result<Box<dyn Stream>> {
        if self.stream.buffer().is_empty() {
            return Ok(self.stream.into_inner());
        }
        Err(io::Error::other("the server spoke out of turn before TLS"))
    }

    /// Sends bytes as they are.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Waits for one reply.
    pub(super) async fn reply(&mut self) -> io::Result<Reply> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let (code, rest) = line.split_at_checked(3).unwrap_or_default();
            let code = code.parse::<u16>().ok().filter(|code| (200..600).contains(code));
            let Some(code) = code else { return Err(io::Error::other("the server does not speak SMTP")) };
            lines.push(rest.get(1..).unwrap_or_default().to_owned());
            if !rest.starts_with('-') {
                return Ok(Reply { code, lines });
            }
            if lines.len() >= LINES_MAX {
                return Err(io::Error::other("the server's reply does not end"));
            }
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            let what = if line.len() as u64 == LINE_BYTES_MAX {
                "the server's line does not end"
            } else {
                "connection closed"
            };
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

impl Reply {
    /// True for 2xx and 3xx.
    pub(super) fn is_yes(&self) -> bool {
        self.code < 400
    }

    /// The words in one.
    pub(super) fn words(&self) -> String {
        self.lines.join(" ")
    }
}

/// A mail as DATA wants it: a dot doubled at the beginning of each line, and the closing dot (RFC 5321 4.5.2).
pub(super) fn dotted(mail: &[u8]) -> Vec<u8> {
    let mut dotted = Vec::with_capacity(mail.len() + mail.len() / 50 + 8);
    let mut is_start = true;
    for byte in mail {
        if is_start && *byte == b'.' {
            dotted.push(b'.');
        }
        dotted.push(*byte);
        is_start = *byte == b'\n';
    }
    if !mail.ends_with(b"\r\n") {
        dotted.extend(b"\r\n");
    }
    dotted.extend(b".\r\n");
    dotted
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(said: &'static [u8], expected: Option<(u16, &str)>) {
        let mut wire = Wire::new(tokio::io::join(said, tokio::io::sink()));
        let reply = wire.reply().await.ok().map(|reply| (reply.code, reply.words()));
        assert_eq!(reply, expected.map(|(code, words)| (code, words.to_owned())));
    }

    #[tokio::test]
    async fn replies_of_one_line_and_of_several() {
        check(b"220 here\r\n", Some((220, "here"))).await;
        check(b"250-one\r\n250-two\r\n250 three\r\n", Some((250, "one two three"))).await;
        check(b"250\r\n", Some((250, ""))).await;
        check(b"550 5.1.1 \xff\r\n", Some((550, "5.1.1 \u{fffd}"))).await;
    }

    #[tokio::test]
    async fn what_is_no_reply() {
        check(b"HTTP/1.1 400 Bad Request\r\n", None).await;
        check(b"999 x\r\n", None).await;
        check(b"220 torn", None).await;
        check(b"", None).await;
        check("\u{20ac}\u{20ac}\r\n".as_bytes(), None).await;
    }

    #[test]
    fn dots_are_doubled_at_line_starts_alone() {
        assert_eq!(dotted(b".a\r\n.\r\nb.c\r\n"), b"..a\r\n..\r\nb.c\r\n.\r\n");
        assert_eq!(dotted(b"a"), b"a\r\n.\r\n");
        assert_eq!(dotted(b""), b"\r\n.\r\n");
    }
}

//! What people send who wish us ill: the page goes on answering.

use super::*;

const POST: &str = "POST /api/v1/alerts/live/answers HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                    content-type: application/json\r\n";

#[tokio::test]
async fn large_bodies_and_deep_json_are_refused_and_nothing_falls_over() {
    let house = House::with(true, open_door(), Portfolio::default(), Vec::new()).await;
    let deep = format!("{}{}", "[".repeat(7000), "]".repeat(7000));
    let reply = house.ask(&format!("{POST}content-length: {}\r\n\r\n{deep}", deep.len())).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let mut stream = TcpStream::connect(house.address).await.expect("a connection");
    let hundred_mb = 100 << 20;
    stream.write_all(format!("{POST}content-length: {hundred_mb}\r\n\r\n").as_bytes()).await.expect("sent");
    let chunk = vec![b'x'; 1 << 20];
    let mut sent = 0;
    // The server stops reading long before the end and hangs up.
    while sent < hundred_mb && stream.write_all(&chunk).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < hundred_mb, "all of it was taken");
    let long = "x".repeat(100 << 10);
    let reply = house.ask_raw(&format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
    assert!(reply.is_empty() || reply.contains(" 4"), "{reply}");
    assert_eq!(house.send("GET", "/healthz").await.status, 200);
}

#[tokio::test]
async fn slow_heads_are_given_up_while_others_are_answered() {
    let house = House::build(true).await;
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(house.address).await.expect("a connection");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: loc").await.expect("sent");
        slow.push(stream);
    }
    assert_eq!(house.send("GET", "/healthz").await.status, 200);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11)).await;
    tokio::time::resume();
    for mut stream in slow {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "it was not given up");
    }
}

pub(super) fn open_door() -> Door {
    // Nobody has a file here, so there are no users.
    Door::of(Users::of(std::path::Path::new("/nonexistent/seawall")).expect("no users"))
}

//! The stream of changes.

use super::*;

async fn heard(stream: &mut TcpStream, until: &str) -> String {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&all).contains(until) {
        let read = stream.read(&mut buffer).await.expect("something");
        assert!(read > 0, "it ended before `{until}`: {}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8(all).expect("UTF-8")
}

#[tokio::test]
async fn a_change_is_told_by_id_at_once_and_a_slow_listener_is_told_to_read_again() {
    let house = House::build(true).await;
    let mut stream = TcpStream::connect(house.address).await.expect("a connection");
    stream.write_all(b"GET /api/v1/events/stream HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let hello = heard(&mut stream, "event: hello").await;
    assert!(hello.contains("text/event-stream"), "{hello}");
    let changed = Changes { alerts: vec![alert("live", "TZ-01", AlertState::Acting)], ..Changes::default() };
    house.news.tell(&changed, at(NOW_S));
    let told = heard(&mut stream, "\"live\"").await;
    assert!(told.contains("event: changed") && told.contains("\"hazards\":false"), "{told}");
    for _ in 0..2000 {
        house.news.tell(&changed, at(NOW_S));
    }
    heard(&mut stream, "event: reload").await;
}

#[test]
fn what_one_may_not_see_is_not_told() {
    let mut other = alert("other", "X", AlertState::Open);
    other.subject.dealer = Some(DealerId::new("D-OTHER"));
    let news = News::default();
    let mut heard = news.listen();
    news.tell(&Changes { alerts: vec![other, alert("lane", "L", AlertState::Open)], ..Changes::default() }, at(1));
    let change = heard.try_recv().expect("a change");
    let seen = change.seen(|dealer| dealer.is_none()).expect("the lane is left");
    assert_eq!(seen.alerts, ["lane"]);
    let of_other =
        Change { alerts: vec!["other".to_owned()], dealers: (vec![Some(DealerId::new("D-OTHER"))], vec![]), ..seen };
    assert!(of_other.seen(|dealer| dealer.is_none()).is_none());
}

//! The link in a digest.

use super::{House, NOW_S};
use crate::domain::{PersonId, Said, UnsubscribeClaim, UnsubscribeFrom};
use crate::store::inbox;

fn words(house: &House) -> Vec<bool> {
    let word = |said| if let Said::Subscription(word) = said { Some((word.at, word.is_stopped)) } else { None };
    let mut words: Vec<_> = inbox::inbox(&*house.store).expect("inbox").into_iter().filter_map(word).collect();
    words.sort();
    words.into_iter().map(|(_, is_stopped)| is_stopped).collect()
}

#[tokio::test]
async fn a_digest_is_stopped_by_a_post_alone_and_begun_again() {
    let house = House::build(true).await;
    let link = |expires_s| {
        let claim = UnsubscribeClaim { person: PersonId::new("li"), from: UnsubscribeFrom::Digest, expires_s };
        format!("/u/{}", house.key.sign(&claim))
    };
    let good = link(NOW_S + 1);
    let page = house.send("GET", &good).await;
    assert_eq!((page.status, page.body.contains("value=\"stop\"")), (200, true), "{}", page.body);
    assert!(words(&house).is_empty(), "mail scanners open every link");
    // As RFC 8058 has mail programs send it: no redirect.
    let page = house.post(&good, "List-Unsubscribe=One-Click").await;
    assert_eq!((page.status, page.body.contains("value=\"start\"")), (200, true), "{}", page.body);
    assert_eq!(words(&house), [true]);
    house.post(&good, "as=start").await;
    assert_eq!(words(&house).len(), 2);
    for (link, status) in [(link(NOW_S - 1), 410), (format!("{good}x"), 403)] {
        assert_eq!(house.send("GET", &link).await.status, status);
        assert_eq!(house.post(&link, "as=stop").await.status, status);
    }
    // A link of another kind opens nothing here.
    let other = house.link("live", NOW_S + 1).replace("/a/", "/u/");
    assert_eq!(house.send("GET", &other).await.status, 403);
    assert_eq!(words(&house).len(), 2);
}

//! The portfolio's files through the API.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::config::{ConfigError, PortfolioFiles, read_portfolio_files};

/// A folder in memory.
#[derive(Default)]
struct Held(Mutex<PortfolioFiles>);

impl PortfolioDesk for Held {
    fn files(&self) -> Result<PortfolioFiles, ConfigError> {
        Ok(self.0.lock().expect("unpoisoned").clone())
    }

    fn replace(&self, files: PortfolioFiles, _: Portfolio, by: String) -> BoxFuture<'static, std::io::Result<()>> {
        assert_eq!(by, "operator");
        *self.0.lock().expect("unpoisoned") = files;
        Box::pin(async { Ok(()) })
    }
}

fn files(sites: &str) -> PortfolioFiles {
    let people = "id,name,email,role,reports_to,language,time_zone,quiet,visit\n\
                  li,Li Wei,li@example.com,account-manager,,en,UTC,,\n";
    let dealers = "id,name,tier,manager,language,time_zone\nD,Dealer,A,li,en,UTC\n";
    let sites = format!(
        "id,dealer,name,kind,lat,lon,coast_m,elevation_m,stock_value,currency,insured,handling_h,handling_cost,\
         shelter_site,from,to\nA,D,First,warehouse,28,121,,,,,,,,,,\n{sites}"
    );
    BTreeMap::from([
        ("people.csv".to_owned(), people.to_owned()),
        ("dealers.csv".to_owned(), dealers.to_owned()),
        ("sites.csv".to_owned(), sites),
    ])
}

async fn put(house: &House, query: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    let head = format!(
        "PUT /api/v1/portfolio/files{query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let reply = house.ask(&(head + &body)).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap_or_default())
}

#[tokio::test]
async fn a_portfolio_is_taken_whole_with_its_difference_shown_or_not_at_all() {
    let desk = Arc::new(Held::default());
    let (portfolio, _) = read_portfolio_files(&files(""));
    let house = House::with_files(portfolio.expect("a portfolio"), desk.clone()).await;
    *desk.0.lock().expect("unpoisoned") = files("");
    let more = files("B,D,Second,warehouse,29,121,,,,,,,,,,\n");
    let (status, said) = put(&house, "?dry_run=true", &json!({ "files": more })).await;
    assert_eq!(
        (status, &said["diff"]["sites"]["added"], &said["dry_run"]),
        (200, &json!(["B"]), &json!(true)),
        "{said}"
    );
    assert_eq!(desk.files().expect("files"), files(""), "a dry run changes nothing");
    let reply = house.ask("GET /api/v1/portfolio/files HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
    let given: Value = serde_json::from_str(&reply.body).expect("JSON");
    let revision = given["revision"].clone();
    let (status, _) = put(&house, "", &json!({ "files": more, "revision": revision })).await;
    assert_eq!((status, desk.files().expect("files")), (200, more.clone()));
    let (status, _) = put(&house, "", &json!({ "files": files(""), "revision": revision })).await;
    assert_eq!(status, 409, "somebody else has changed them");
    // A site of no dealer, a file that is none, one that is missing, a body that is no portfolio.
    let orphan = files("B,NOBODY,Second,warehouse,29,121,,,,,,,,,,\n");
    let mut odd = files("");
    odd.insert("../seawall.toml".to_owned(), String::new());
    let mut torn = files("");
    torn.remove("people.csv");
    for (wrong, what) in [(orphan, "sites.csv"), (odd, "../seawall.toml"), (torn, "people.csv")] {
        let (status, said) = put(&house, "", &json!({ "files": wrong })).await;
        assert_eq!(status, 422, "{said}");
        let faults = said["faults"].as_array().expect("faults");
        assert!(faults.iter().any(|fault| fault["file"] == what && fault["fatal"] == true), "{said}");
    }
    assert_eq!(put(&house, "", &json!({ "files": 1 })).await.0, 400);
    assert_eq!(put(&house, "?dry_run=perhaps", &json!({ "files": more })).await.0, 400);
    assert_eq!(desk.files().expect("files"), more, "nothing of it was taken");
}

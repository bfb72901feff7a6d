use super::*;
use crate::domain::Fault;

const GOOD: &str = r#"
data_dir = "data"
portfolio = "portfolio"
contact = "ops@example.com"
base_url = "https://seawall.example.com/"

[smtp]
host = "mail.example.com"
user = "seawall"
password = "s3cret"
from = "Seawall <seawall@example.com>"

[[feed]]
id = "jtwc"
url = "https://example.com/warnings.rss"
format = "feed"
"#;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<Fault>), Vec<Fault>> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("seawall.toml");
    std::fs::write(&path, text).expect("written");
    std::fs::write(dir.path().join("secret"), "from file\n").expect("written");
    std::fs::write(dir.path().join("hook"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("written");
    std::fs::write(dir.path().join("url"), "https://hooks.example.com/T/B/key\n").expect("written");
    let look_up = |name: &str| environment.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    let faults_of = |faults: Vec<FileFault>| faults.into_iter().map(|(_, fault)| fault).collect();
    match read_config(&path, &look_up) {
        Ok((config, faults)) => Ok((config, faults_of(faults))),
        Err(ConfigError::Invalid { faults }) => Err(faults_of(faults)),
        Err(other) => panic!("{other}"),
    }
}

fn good(text: &str) -> Config {
    let (config, faults) = read(text, &[]).expect("good");
    assert_eq!(faults, []);
    config
}

/// The first fault of a file that is wrong begins so, and says how to mend it.
fn check(text: &str, begins: &str) {
    let faults = read(text, &[]).expect_err("wrong");
    let first = faults.iter().find(|fault| fault.is_fatal).expect("fatal").to_string();
    assert!(first.starts_with(begins), "{first}");
    assert!(first.contains("\nhint: "), "{first}");
}

#[test]
fn what_is_left_out_has_a_usual_value() {
    let config = good(GOOD);
    assert!(config.data_dir.ends_with("data") && config.data_dir.is_absolute());
    assert_eq!(config.link_key, config.data_dir.join("link.key"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8484");
    assert_eq!((config.retention, config.tick), (DAY * 90, Duration::from_secs(30)));
    assert_eq!(config.base_url, "https://seawall.example.com");
    assert_eq!((config.smtp.port, config.smtp.tls), (587, SmtpTls::StartTls));
    let feed = &config.feeds[0];
    assert_eq!((feed.cadence, feed.near_cadence), (Duration::from_mins(10), Duration::from_mins(3)));
    assert_eq!((feed.silence_after, feed.max_bytes, feed.follow), (Duration::from_mins(30), 8 << 20, true));
}

#[test]
fn durations_in_seconds_and_in_words() {
    let config = good(&format!("{GOOD}cadence_s = 90\nnear_cadence = \"1m 15s\"\n"));
    assert_eq!(config.feeds[0].cadence, Duration::from_secs(90));
    assert_eq!(config.feeds[0].near_cadence, Duration::from_secs(75));
    let local = GOOD.replace("https://example.com/w", "http://127.0.0.1:9/w");
    let config = good(&format!("{local}cadence_s = 0.2\nnear_cadence = \"50ms\"\ntimeout = \"2s\"\n"));
    assert_eq!(config.feeds[0].cadence, Duration::from_millis(200));
    assert_eq!(config.feeds[0].near_cadence, Duration::from_millis(50));
    check(&format!("{GOOD}cadence = \"soon\"\n"), ":17:11: the value does not fit");
    check(&format!("{GOOD}cadence_s = -5\n"), ":17:13: the value does not fit");
    check(&format!("{GOOD}cadence_s = 90\ncadence = \"2m\"\n"), ":17:13: both `cadence` and");
}

#[test]
fn every_mistake_is_told_at_once() {
    let text = "data_dir = 7\nportfolo = \"p\"\nlisten = \"here\"\n[smtp]\nhost = \"h\"\ntls = \"ssl\"\nfrom = \"x\"\n[[feed]]\nid = \"JTWC\"\nurl = \"ftp://x/\"\ncadense = 1\n";
    let faults = read(text, &[]).expect_err("wrong");
    let all = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(all, @r#"
    :1:1: `portfolio` is missing in the file
    hint: name the folder with dealers.csv, sites.csv and people.csv
    :1:1: `contact` is missing in the file
    hint: give an address or page by which an agency can reach you: ops@example.com
    :1:1: `base_url` is missing: links in mails lead to http://127.0.0.1:8484, this machine only
    hint: give the address under which people reach this daemon: https://seawall.example.com
    :1:12: the value does not fit (in `data_dir`)
    hint: write a text in quotes
    :2:1: unknown key `portfolo` in the file
    hint: did you mean `portfolio`?
    :3:10: `here` is no address and port (in `listen`)
    hint: write it like 127.0.0.1:8484
    :6:7: there is no way `ssl` to make the connection safe (in `tls`)
    hint: write "implicit", "starttls" or "none"
    :7:8: the address needs exactly one @ (in `from`)
    hint: write "Seawall <seawall@example.com>"
    :9:6: `JTWC` cannot be a feed's id (in `id`)
    hint: use small letters, digits and hyphens: jtwc-wp
    :10:7: `ftp:` cannot be fetched (in `url`)
    hint: write the whole address: https://…
    :11:1: unknown key `cadense` in this [[feed]]
    hint: did you mean `cadence`?
    "#);
}

#[test]
fn torn_toml_is_placed() {
    check("data_dir = \"x\nportfolio = 1\n", ":1:1: ");
}

#[test]
fn the_environment_outranks_the_file() {
    let environment = [("SEAWALL_DATA_DIR", "/srv/seawall"), ("SEAWALL_SMTP_PASSWORD", "other")];
    let (config, _) = read(GOOD, &environment).expect("good");
    assert_eq!(config.data_dir, PathBuf::from("/srv/seawall"));
    assert_eq!(config.smtp.password.expect("password").reveal(), "other");
    let by_file = good(&GOOD.replace("password = \"s3cret\"", "password_file = \"secret\""));
    assert_eq!(by_file.smtp.password.expect("password").reveal(), "from file");
}

#[test]
fn certificates_of_ones_own_must_be_there() {
    let with = |file: &str| GOOD.replace("from = ", &format!("extra_ca_file = \"{file}\"\nfrom = "));
    assert!(good(&with("secret")).smtp.extra_ca_file.is_some_and(|path| path.ends_with("secret")));
    check(&with("gone.pem"), ":11:17: it cannot be read");
}

#[test]
fn a_password_is_never_shown() {
    let config = good(GOOD);
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn mail_in_the_clear_stays_on_this_machine() {
    let plain = GOOD.replace("user = \"seawall\"\npassword = \"s3cret\"", "tls = \"none\"");
    check(&plain, ":9:7: without TLS");
    assert_eq!(good(&plain.replace("mail.example.com", "127.0.0.1")).smtp.port, 25);
    good(&plain.replace("tls = \"none\"", "tls = \"none\"\nallow_plain = true"));
    check(&GOOD.replace("user = \"seawall\"\n", ""), ":7:");
    check(&GOOD.replace("<seawall@example.com>", "<seawall>"), ":11:8: the address needs exactly one @");
}

#[test]
fn feeds_that_cannot_be() {
    check(&GOOD.replace("https:", "http:"), ":15:7: over http");
    good(&format!("{}allow_http = true\n", GOOD.replace("https://example.com/w", "http://example.com/w")));
    check(&GOOD.replace("https://example.com/w", "https://me:pw@example.com/w"), ":15:7: a name or password");
    check(&GOOD.replace("\"jtwc\"", "\"jtwc_wp\""), ":14:6: `jtwc_wp` cannot be");
    check(&format!("{GOOD}[[feed]]\nid = \"jtwc\"\nurl = \"https://example.com/\"\n"), ":18:6: another feed is");
    let head = GOOD.split("[[feed]]").next().expect("head");
    check(head, ":1:1: there is no [[feed]]");
}

const BY_ID: &str = "[[feed]]\nid = \"zjwater\"\n";

fn with_feed(feed: &str) -> String {
    format!("{}{feed}", GOOD.split("[[feed]]").next().expect("head"))
}

#[test]
fn an_id_of_the_catalogue_is_enough_and_any_key_outranks_it() {
    let feed = &good(&with_feed(BY_ID)).feeds[0];
    assert_eq!((feed.agency.as_str(), feed.format.as_deref()), ("zjwater", Some("zjwater")));
    assert_eq!((feed.cadence, feed.silence_after), (Duration::from_mins(15), Duration::from_hours(1)));
    assert!(feed.follow && !feed.points && feed.mirrors.len() == 1);
    let new_year = "2026-01-01T00:00:00Z".parse().expect("a time");
    assert!(feed.addresses(new_year).iter().all(|url| url.ends_with("/Api/TyphoonList/2026")), "{feed:?}");
    assert_eq!(feed_by_id("zjwater").as_ref(), Some(feed));

    let own = "url = \"http://127.0.0.1:9/list\"\ncadence = \"1m\"\nissues_every = \"12h\"\nreferer = \"https://x/\"\n";
    let feed = &good(&with_feed(&format!("{BY_ID}{own}"))).feeds[0];
    assert_eq!((feed.url.as_str(), feed.mirrors.len()), ("http://127.0.0.1:9/list", 0));
    assert_eq!((feed.near_cadence, feed.silence_after), (Duration::from_mins(1), Duration::from_mins(3)));
    assert_eq!(feed.issues_every, Some(Duration::from_hours(12)));
}

#[test]
fn an_id_that_is_in_no_catalogue_needs_a_url() {
    let text = with_feed("[[feed]]\nid = \"jtcw\"\n");
    check(&text, ":14:6: `url` is missing in this [[feed]], and the catalogue has no feed `jtcw`");
    let faults = read(&text, &[]).expect_err("wrong");
    assert!(faults.iter().any(|fault| fault.hint.as_ref().is_some_and(|hint| hint.contains("`jtwc`"))), "{faults:?}");
}

#[test]
fn addresses_beside_the_first() {
    let mirrors = |list: &str| format!("{GOOD}mirrors = {list}\n");
    assert_eq!(good(&mirrors("[\"https://b.example/w\"]")).feeds[0].mirrors, ["https://b.example/w"]);
    check(&mirrors("[\"http://b.example/w\"]"), ":17:11: over http");
    check(&mirrors("\"https://b.example/w\""), ":17:11: the value does not fit");
}

fn with_channel(lines: &str) -> String {
    format!("{GOOD}[[channel]]\n{lines}")
}

#[test]
fn channels_of_every_kind() {
    let config = good(&with_channel(
        "id = \"erp\"\nkind = \"webhook\"\nurl = \"https://erp.example.com/hook\"\nsecret_file = \"hook\"\norders = true\n\
         [[channel]]\nid = \"ops\"\nkind = \"slack\"\nurl_file = \"url\"\n\
         [[channel]]\nid = \"group\"\nkind = \"wecom\"\nurl = \"http://127.0.0.1:9/send?key=k\"\nplain = true\n\
         [[channel]]\nid = \"ding\"\nkind = \"dingtalk\"\nurl = \"https://d.example/s\"\nsecret = \"SEC1\"\ntimeout = \"5s\"\n",
    ));
    let [erp, ops, group, ding] = &config.channels[..] else { panic!("{:?}", config.channels) };
    assert_eq!(
        (erp.secrets.len(), erp.secrets[0].reveal(), erp.orders),
        (1, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)
    );
    assert_eq!(ops.url.reveal(), "https://hooks.example.com/T/B/key");
    assert!(group.is_plain && group.secrets.is_empty());
    assert_eq!((ding.timeout, ding.secrets[0].reveal()), (Duration::from_secs(5), "SEC1"));
    assert!(!format!("{config:?}").contains("key=k"), "no key is shown");
}

#[test]
fn channels_that_cannot_be() {
    let webhook = "id = \"erp\"\nkind = \"webhook\"\nurl = \"https://e.example/\"\nsecret = \"whsec_x\"\n";
    let slack = "id = \"ops\"\nkind = \"slack\"\nurl = \"https://h.example/k3y\"\n";
    check(&with_channel(webhook), ":17:1: a webhook's secret is");
    check(&with_channel(&webhook.replace("\nsecret = \"whsec_x\"", "")), ":17:1: a webhook without a secret");
    check(&with_channel(&slack.replace("\"ops\"", "\"Ops room\"")), ":18:6: `Ops room` cannot be");
    check(&with_channel(&slack.replace("\"ops\"", "\"email\"")), ":18:6: `email` is mail itself");
    check(&with_channel(&slack.replace("\"slack\"", "\"slak\"")), ":19:8: there is no kind `slak`");
    check(&with_channel(&slack.replace("https:", "http:")), ":20:7: over http");
    check(&with_channel(&slack.replace("https:", "ftp:")), ":20:7: only http and https");
    check(&with_channel(&slack.replace("\"https://h.example/k3y\"", "\"k3y\"")), ":20:7: this is no address");
    check(&with_channel(&slack.replace("url = \"https://h.example/k3y\"\n", "")), ":17:1: `url` is missing");
    check(&with_channel(&format!("{slack}url_file = \"url\"\n")), ":21:12: both url and url_file");
    check(&with_channel(&slack.replace("url =", "url_file = \"gone\" #")), ":20:12: gone cannot be read");
    check(&with_channel(&format!("{slack}secret = \"x\"\n")), ":17:1: a channel of kind slack signs nothing");
    check(&with_channel(&format!("{slack}plain = true\n")), ":21:9: a channel of kind slack has no plain");
    check(&with_channel(&format!("{slack}orders = true\n")), ":21:10: only a webhook");
    check(&with_channel(&format!("{slack}sekret = \"x\"\n")), ":21:1: unknown key `sekret`");
    check(&with_channel(&format!("{slack}[[channel]]\n{slack}")), ":22:6: another channel is `ops` too");
    let faults = read(&with_channel(&slack.replace("https://h", "h ttps://h")), &[]).expect_err("wrong");
    assert!(!format!("{faults:?}").contains("k3y"), "a key that is mistyped is not shown either");
}

#[test]
fn how_much_mail_at_once_and_signed_how() {
    let smtp = |lines: &str| GOOD.replace("from = ", &format!("{lines}\nfrom = "));
    let config = good(&smtp("max_sessions = 12\nper_minute = 300"));
    assert_eq!((config.smtp.max_sessions, config.smtp.per_minute), (12, Some(300)));
    assert_eq!((good(GOOD).smtp.max_sessions, good(GOOD).smtp.per_minute), (4, None));
    check(&smtp("max_sessions = 0"), ":11:16: the value does not fit");
    let dkim = |lines: &str| GOOD.replace("[[feed]]", &format!("[smtp.dkim]\n{lines}\n[[feed]]"));
    let whole = "domain = \"Example.com\"\nselector = \"s1\"\nkey_file = \"secret\"";
    let signed = good(&dkim(whole)).smtp.dkim.expect("signed");
    assert_eq!((signed.domain.as_str(), signed.selector.as_str()), ("example.com", "s1"));
    check(&dkim(&whole.replace("\"s1\"", "\"s 1;\"")), ":15:12: `s 1;` can be no name in DNS");
    check(&dkim(&whole.replace("\"secret\"", "\"gone.pem\"")), ":16:12: it cannot be read");
}

#[test]
fn a_provider_by_which_users_log_in() {
    let with = |lines: &str| format!("{GOOD}[oidc]\n{lines}\n");
    let least = "issuer = \"https://login.example.com/realms/a\"\nclient_id = \"seawall\"";
    let oidc = good(&with(least)).oidc.expect("one");
    assert_eq!((oidc.issuer.as_str(), oidc.name.as_str()), ("https://login.example.com/realms/a", "login.example.com"));
    assert_eq!((oidc.claim, oidc.client_secret, oidc.timeout), (UserClaim::Email, None, Duration::from_secs(5)));
    assert_eq!(oidc.scopes, ["email", "profile"]);
    let more = "client_secret_file = \"secret\"\nclaim = \"sub\"\nscopes = [\"openid\"]\nname = \"Example 公司\"";
    let oidc = good(&with(&format!("{least}\n{more}"))).oidc.expect("one");
    assert!(!format!("{oidc:?}").contains("from file"), "a secret is never shown");
    assert_eq!(oidc.client_secret.as_ref().map(Secret::reveal), Some("from file"));
    assert_eq!((oidc.claim, oidc.scopes.len(), oidc.name.as_str()), (UserClaim::Sub, 0, "Example 公司"));
    good(&with(&least.replace("https://login.example.com", "http://[::1]:8080")));
    let and = |line: &str| with(&format!("{least}\n{line}"));
    check(&with("client_id = \"seawall\""), ":17:2: `issuer` is missing in [oidc]");
    check(&with("issuer = \"https://login.example.com\""), ":17:2: `client_id` is missing in [oidc]");
    check(&with(&least.replace("https:", "http:")), ":18:10: over plain http");
    check(&with(&least.replace("https:", "ftp:")), ":18:10: `ftp:");
    check(&with(&least.replace("/realms/a", "/?realm=a")), ":18:10: an issuer has no query");
    check(&with(&least.replace("https://", "https://me:pw@")), ":18:10: an issuer has no query");
    check(&and("client_secret_file = \"gone\""), ":20:22: gone cannot be read");
    check(&and("client_secret = \"s3cret\""), ":20:1: unknown key `client_secret` in [oidc]");
    check(&and("claim = \"upn\""), ":20:9: no user can be named by the claim `upn`");
    check(&and("scopes = [\"e mail\"]"), ":20:10: `e mail` is no scope");
    check(&and("timeout = \"1h\""), ":20:11: the value does not fit");
    check(&and("extra_ca_file = \"gone.pem\""), ":20:17: it cannot be read");
}

#[test]
fn a_heartbeat() {
    let beat = |lines: &str| good(&format!("{GOOD}[heartbeat]\n{lines}\n")).heartbeat.expect("one");
    assert_eq!(beat("url = \"https://hc.example/uuid\"").every, Duration::from_mins(5));
    assert_eq!(beat("url = \"https://hc.example/uuid\"\nevery_s = 90").every, Duration::from_secs(90));
    check(&format!("{GOOD}[heartbeat]\nurl = \"uuid\"\n"), ":18:7: this is no http or https address");
}

#[test]
fn odd_but_possible_is_a_warning() {
    let (_, faults) = read(&format!("{GOOD}cadence_s = 5\n"), &[]).expect("can be run with");
    assert!(faults[0].to_string().starts_with(":17:13: asking more often"), "{faults:#?}");
    let (config, faults) = read(&GOOD.replace("base_url", "# base_url"), &[]).expect("can be run with");
    assert_eq!(config.base_url, "http://127.0.0.1:8484");
    assert!(faults[0].what.starts_with("`base_url` is missing"), "{faults:#?}");
}

#[test]
fn a_contact_cannot_forge_a_header() {
    check(&GOOD.replace("ops@example.com", "ops@example.com)"), ":4:11: it is neither");
    good(&GOOD.replace("ops@example.com", "https://example.com/contact"));
}

#[test]
fn the_example_is_good() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/seawall.toml");
    let (config, faults) = read_config(&path, &|_| None).expect("good");
    assert_eq!(faults, []);
    assert!(!config.feeds.is_empty());
}

#[test]
fn a_base_map_is_one_origin_and_proxies_are_networks() {
    let config = good(&format!(
        "behind_proxy = [\"127.0.0.1\", \"10.0.0.0/8\"]\n{GOOD}\n[map]\ntiles = \"https://t.example.com:8443/{{z}}/{{x}}/{{y}}.png\"\n"
    ));
    assert_eq!(config.behind_proxy.len(), 2);
    let map = config.map.expect("a map");
    assert_eq!((map.origin.as_str(), map.is_style), ("https://t.example.com:8443", false));
    let with = |map: &str| format!("{GOOD}\n[map]\n{map}\n");
    let check = |text: &str, what: &str| {
        let faults = read(text, &[]).expect_err("wrong");
        assert!(faults.iter().any(|fault| fault.is_fatal && fault.to_string().contains(what)), "{what}: {faults:?}");
    };
    check(&with("tiles = \"http://t.example.com/{z}/{x}/{y}.png\""), "this is no https address");
    check(&with("tiles = \"https://t.example.com/tiles.png\""), "it lacks {z}");
    check(&with("attribution = \"me\""), "neither `tiles` nor `style`");
    check(&with("tiles = \"a\"\nstyle = \"b\""), "`tiles` is there too");
    check(&format!("behind_proxy = [\"proxy\"]\n{GOOD}"), "`proxy` is no address or network");
}

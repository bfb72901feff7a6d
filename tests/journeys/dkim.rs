//! Our signatures are good by another program's word, and bad as soon as anything was changed on the way.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use seawall::domain::{Attachment, Delivery, EventId, Level, Notice, NoticeId, PersonId, Timestamp};
use seawall::notifiers::{DkimSettings, EmailNotifier, EmailSettings, Notifier as _, Tls};

use crate::harness::{Sink, SinkOptions, Stage, python, runtime};

#[test]
fn rsa_signatures_are_good() {
    signed_and_verified("rsa");
}

#[test]
fn ed25519_signatures_are_good() {
    signed_and_verified("ed25519");
}

fn signed_and_verified(kind: &str) {
    let Some(python) = python() else { return };
    let stage = Stage::new(&format!("dkim-{kind}"));
    let keys = stage.folder("keys");
    check(&python, &["make", kind, &keys.display().to_string()]);
    let sink = Sink::start(&python, &stage, SinkOptions::default());
    let notifier = EmailNotifier::new(&settings(sink.port(), &keys.join("dkim.pem"))).expect("good settings");
    let notices = [notice("plain", 0), notice("folded", 40)];
    runtime().block_on(async {
        for notice in &notices {
            assert_eq!(notifier.deliver(notice, notice.queued_at).await, Delivery::Taken);
        }
    });
    let mails = sink.mails();
    assert_eq!(mails.len(), notices.len());
    for mail in mails {
        let text = String::from_utf8(mail.bytes.clone()).expect("ascii");
        assert_eq!(mail.subject, notices[0].subject);
        assert!(text.starts_with("DKIM-Signature: v=1;") && text.contains(&format!("a={kind}-sha256")), "{text}");
        let refolded = text.replacen("\r\n\t", "\r\n ", 1).replacen("Subject: ", "Subject:   ", 1);
        let file = |name: &str, text: &str| stage.write(name, text).display().to_string();
        let good = [file("as-it-came.eml", &text), file("refolded.eml", &refolded)];
        let bad = [
            file("subject.eml", &text.replacen("Subject: ", "Subject: Re: ", 1)),
            file("body.eml", &text.replacen("boundary", "Boundary", 1).replacen("QQ", "QR", 1).replacen("AA", "AB", 3)),
            file("second-from.eml", &text.replacen("Subject: ", "From: evil@example.com\r\nSubject: ", 1)),
        ];
        let mut arguments = vec!["verify".to_owned(), keys.display().to_string()];
        arguments.extend(good.iter().chain(&bad).cloned());
        let said = check(&python, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let expected: Vec<String> = good
            .iter()
            .map(|file| format!("good {file}"))
            .chain(bad.iter().map(|file| format!("bad {file}")))
            .collect();
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    }
}

fn check(python: &Path, arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys/dkim_check.py");
    let output = Command::new(python).arg(script).args(arguments).output().expect("Python can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn settings(port: u16, key_file: &Path) -> EmailSettings {
    EmailSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        user: None,
        password: None,
        from: "海堤 Seawall <seawall@example.com>".to_owned(),
        reply_to: None,
        timeout: Duration::from_secs(30),
        extra_ca_file: None,
        connections_max: 1,
        per_minute: None,
        dkim: Some(DkimSettings {
            domain: "example.com".to_owned(),
            selector: "seawall".to_owned(),
            key_file: key_file.to_owned(),
        }),
    }
}

/// A mail with a Chinese subject, so many references that they are folded, and an attachment.
fn notice(id: &str, references: usize) -> Notice {
    Notice {
        id: NoticeId::new(id),
        person: PersonId::new("li"),
        channel: "email".to_owned(),
        to_name: "李伟".to_owned(),
        to: "li@example.com".to_owned(),
        event: EventId::new("wp162004"),
        alerts: Vec::new(),
        level: Level::Act,
        act_by: None,
        why: Vec::new(),
        lang: "zh-CN".to_owned(),
        subject: "台风云娜 RANANIM：台州海堤仓库须在 8 月 12 日 06:00 前搬离，请立即与经销商联系".to_owned(),
        message_id: format!("<{id}@example.com>"),
        references: (0..references).map(|n| format!("<a-rather-long-message-id-{n}@example.com>")).collect(),
        text: "台风将至。  \n.\n\n  Move the stock. \t \n\n\n\n".to_owned(),
        html: "<p>台风将至。</p>\n\n<p>Move the stock.</p>\n\n".to_owned(),
        list_unsubscribe: None,
        attachments: vec![Attachment {
            name: "期限.ics".to_owned(),
            media_type: "text/calendar; method=PUBLISH".to_owned(),
            content_id: None,
            bytes: "BEGIN:VCALENDAR\r\nSUMMARY:搬离\r\nEND:VCALENDAR\r\n".as_bytes().to_vec(),
        }],
        queued_at: Timestamp::from_second(1_092_182_400).expect("in range"),
        attempts: 0,
        next_try: None,
        last_fault: None,
    }
}

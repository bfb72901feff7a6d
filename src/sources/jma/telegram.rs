//! JMA's XML telegrams (`Report` of jmaxml1): the control and head that all share, and which reader takes the body.
//!
//! `Control/Status` is 通常, 訓練 (exercise) or 試験 (test); `Head/InfoType` is 発表, 訂正 (correction), 取消 (the
//! telegram is taken back) or 遅延 (late). Issued is `Head/ReportDateTime`, with its offset.

use std::borrow::Cow;

use roxmltree::{Document, Node};

use super::kinds;
use super::typhoon;
use super::warnings::{Book, Issue, Tier, Told};
use crate::domain::{Bulletin, Hazard, MsgType, Status, Timestamp};
use crate::sources::formats::fault_log::FaultLog;
use crate::sources::formats::{dates, json, xml};

/// The beginning of all name spaces of these telegrams.
const NAMESPACE: &str = "http://xml.kishou.go.jp/jmaxml1/";

/// What the control and the head say.
pub(super) struct Head<'a> {
    /// The kind of telegram, as the control names it: `台風解析・予報情報（５日予報）（Ｈ３０）`.
    pub(super) title: Cow<'a, str>,
    pub(super) event_id: Option<Cow<'a, str>>,
    pub(super) issued: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) msg: MsgType,
    pub(super) headline: Option<Cow<'a, str>>,
}

/// True for a `Report` in JMA's name space.
pub(super) fn is_telegram(body: &[u8]) -> bool {
    xml::root_name(body).is_some_and(|name| name == "Report") && json::head(body).contains(NAMESPACE)
}

/// The hazards of a telegram.
pub(super) fn read(document: &Document<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let root = document.root_element();
    if root.tag_name().name() != "Report" {
        let shown: String = root.tag_name().name().chars().take(40).collect();
        xml::fatal(log, root, &shown, "this is no telegram of JMA, whose root is `Report`");
        return Vec::new();
    }
    let Some(head) = read_head(root, log) else { return Vec::new() };
    let Some(body) = child(root, "Body") else {
        xml::fatal(log, root, "Body", "the telegram has no body");
        return Vec::new();
    };
    if head.title.contains("台風解析・予報情報") {
        typhoon::read(body, &head, bulletin, log)
    } else if head.title.contains("警報") && is_warning(body) {
        read_warnings(body, &head, bulletin, log)
    } else if head.title.contains("警報・注意報") && head.msg == MsgType::Cancel {
        xml::minor(log, body, "InfoType", "the telegram takes back an earlier one and does not say which warnings");
        Vec::new()
    } else {
        let what = format!("a telegram of the kind `{}` is not read", head.title);
        xml::minor(log, root, "Title", what);
        Vec::new()
    }
}

/// The first child element of this local name, in whatever name space: JMA's stand in several.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The child elements of this local name.
pub(super) fn children<'a, 'i, 'n>(
    node: Node<'a, 'i>,
    name: &'n str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i, 'n> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The text of the first child of this name.
pub(super) fn text<'a>(node: Node<'a, '_>, name: &str) -> Option<Cow<'a, str>> {
    child(node, name).and_then(xml::text_of)
}

fn read_head<'a>(root: Node<'a, '_>, log: &mut FaultLog) -> Option<Head<'a>> {
    let (Some(control), Some(head)) = (child(root, "Control"), child(root, "Head")) else {
        xml::fatal(log, root, "Head", "the telegram lacks its control or its head");
        return None;
    };
    let title = text(control, "Title").or_else(|| text(head, "Title")).unwrap_or_default();
    let status = match text(control, "Status").as_deref() {
        Some("通常") => Status::Actual,
        Some("訓練") => Status::Exercise,
        Some("試験") => Status::Test,
        other => {
            let shown: String = other.unwrap_or_default().chars().take(20).collect();
            xml::minor(log, control, "Status", format!("the status `{shown}` is not known; it is taken for 通常"));
            Status::Actual
        }
    };
    let msg = match text(head, "InfoType").as_deref() {
        Some("取消") => MsgType::Cancel,
        Some("訂正") => MsgType::Update,
        Some("発表" | "遅延") => MsgType::Alert,
        other => {
            let shown: String = other.unwrap_or_default().chars().take(20).collect();
            xml::minor(log, head, "InfoType", format!("the type `{shown}` is not known; it is taken for 発表"));
            MsgType::Alert
        }
    };
    let time = |node, name| text(node, name).as_deref().and_then(dates::rfc_3339).map(dates::When::instant);
    let issued = time(head, "ReportDateTime").or_else(|| time(control, "DateTime"));
    if issued.is_none() {
        xml::fatal(log, head, "ReportDateTime", "the telegram does not say when it was issued");
    }
    let headline = child(head, "Headline").and_then(|headline| text(headline, "Text"));
    Some(Head { title, event_id: text(head, "EventID"), issued, status, msg, headline })
}

fn is_warning(body: Node<'_, '_>) -> bool {
    warnings_in(body).next().is_some()
}

/// The body's lists of warnings, each of one tier of areas.
fn warnings_in<'a, 'i>(body: Node<'a, 'i>) -> impl Iterator<Item = (Tier, Node<'a, 'i>)> {
    children(body, "Warning").filter_map(|list| Some((tier(list.attribute("type")?)?, list)))
}

/// `気象警報・注意報（市町村等）`; sections of the coast have no code that the other documents share.
fn tier(list: &str) -> Option<Tier> {
    let of = list.strip_prefix("気象警報・注意報（")?.strip_suffix('）')?;
    match of {
        "府県予報区等" => Some(Tier::Office),
        "一次細分区域等" => Some(Tier::Class10),
        "市町村等をまとめた地域等" => Some(Tier::Class15),
        "市町村等" => Some(Tier::Class20),
        _ => None,
    }
}

fn read_warnings(body: Node<'_, '_>, head: &Head<'_>, bulletin: &Bulletin, log: &mut FaultLog) -> Vec<Hazard> {
    let mut book = Book::default();
    book.begin(Issue {
        issued: head.issued,
        headline: head.headline.as_deref().map(str::to_owned),
        status: head.status,
        is_correction: head.msg == MsgType::Update,
        is_withdrawal: head.msg == MsgType::Cancel,
        telegram: None,
    });
    for (tier, list) in warnings_in(body) {
        for item in children(list, "Item") {
            let area = child(item, "Area");
            let Some(code) = area.and_then(|area| text(area, "Code")) else {
                xml::fatal(log, item, "Area", "a warning does not say for which area it is");
                continue;
            };
            let name = area.and_then(|area| text(area, "Name"));
            for kind in children(item, "Kind") {
                read_kind(kind, (tier, &code, name.as_deref()), &mut book, log);
            }
        }
    }
    book.into_hazards("jma", bulletin, log)
}

/// A kind in an area. One without a code says that there is no warning there.
fn read_kind(kind: Node<'_, '_>, area: (Tier, &str, Option<&str>), book: &mut Book, log: &mut FaultLog) {
    let status = text(kind, "Status").unwrap_or_default();
    let mut of = kind;
    // 00 is the lifting itself; what is lifted stands beside it.
    if text(kind, "Code").as_deref() == Some("00") {
        let Some(last) = child(kind, "LastKind") else { return };
        of = last;
    }
    let Some(code) = text(of, "Code").filter(|code| code != "00") else {
        if !status.contains("なし") && status != "解除" {
            xml::minor(log, kind, "Code", "a warning has no code; it is left out");
        }
        return;
    };
    let name = text(of, "Name");
    let additions = child(kind, "Addition").map(notes).unwrap_or_default();
    let (tier, area, area_name) = area;
    let told = Told {
        area,
        area_name,
        tier,
        code: &code,
        name: name.as_deref(),
        status: if of == kind { &status } else { "解除" },
        additions: &additions,
        // A name that states its level outranks the table: codes are used anew.
        level: name.as_deref().and_then(kinds::level_in),
    };
    book.add(&told, || xml::place(kind), log);
}

fn notes(addition: Node<'_, '_>) -> String {
    let notes: Vec<_> = children(addition, "Note").filter_map(xml::text_of).collect();
    notes.join("、")
}

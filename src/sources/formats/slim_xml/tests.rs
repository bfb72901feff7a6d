//! The quick way finds what roxmltree finds, or nothing.

use proptest::prelude::*;

use super::*;

/// Every element: where it begins, its name, whether it may be CAP's, the end of what is inside, its text.
fn told(document: &Document<'_>) -> Vec<(u32, String, bool, u32, Option<String>)> {
    let nodes = (0..document.entries.len()).map(|at| document.node(at).unwrap());
    let told = |node: Node<'_, '_>| {
        let text = text_of(node).map(Cow::into_owned);
        (node.entry.start, node.name().to_owned(), node.entry.is_cap, node.entry.next, text)
    };
    nodes.map(told).collect()
}

/// Whether the document is plain; if so, both ways must say the same.
#[track_caller]
fn check_ways(text: &str) -> bool {
    let Some(quick) = scan::plain(text, xml::TAGS_MAX) else { return false };
    let slow = xml::parse(text).unwrap_or_else(|fault| panic!("only the quick way reads {text:?}: {fault}"));
    assert_eq!(told(&quick), told(&slimmed(slow.root_element())), "{text:?}");
    true
}

#[track_caller]
fn check_texts(text: &str, expected: &[(&str, Option<&str>)]) {
    let document = parse(text).unwrap();
    let found: Vec<_> = told(&document).into_iter().map(|(_, name, _, _, text)| (name, text)).collect();
    let expected: Vec<_> = expected.iter().map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned))).collect();
    assert_eq!(found, expected, "{text:?}");
    check_ways(text);
}

const GALE: &str = include_str!("../../../../tests/data/sources/cap/gale-two-languages.xml");
const FIRES: &str = include_str!("../../../../tests/data/sources/cap/two-fires.xml");

#[test]
fn usual_alerts_are_plain() {
    for text in [GALE, FIRES, &GALE.replace('\n', "\r\n")] {
        assert!(check_ways(text), "{text}");
    }
}

#[test]
fn texts() {
    check_texts("<a> x &amp; y&#233;&#xE9; </a>", &[("a", Some("x & yéé"))]);
    check_texts("<a>\r\n<b>1\r\n2\r3</b>\r\n</a>", &[("a", None), ("b", Some("1\n2\n3"))]);
    check_texts("<a>x<!-- y -->z<b/> w </a>", &[("a", Some("xz w")), ("b", None)]);
    check_texts("<a><![CDATA[ <x> & \r\n ]]>]]</a>", &[("a", Some("<x> & \n ]]"))]);
    check_texts("<a><![CDATA[x]]>\r\n<![CDATA[y]]></a>", &[("a", Some("x\ny"))]);
    check_texts("<a>&#10;x&#13;\r\n</a>", &[("a", Some("x"))]);
    check_texts(
        "<p:a xmlns:p='urn:x'><p:b q='&lt;'/ ></p:a>".replace("/ >", "/>").as_str(),
        &[("a", None), ("b", None)],
    );
    check_texts("<风><雨>台风</雨></风>", &[("风", None), ("雨", Some("台风"))]);
}

#[test]
fn what_is_not_plain_is_left() {
    let many = (0..40).map(|number| format!("a{number}=''")).collect::<Vec<_>>().join(" ");
    for text in [
        "<!DOCTYPE a><a/>",
        "<a>&unknown;</a>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<a><!--><a/>--></a>",
        "<p:a/>",
        "<a p:b=''/>",
        "<a b='' b=''/>",
        "<a b=''c=''/>",
        "<a b='<'/>",
        "<a b=c/>",
        "<a></b>",
        "<a>",
        "<a/><a/>",
        "<a/>x",
        "<a>\u{1}</a>",
        "<a>\u{FFFF}</a>",
        "<?xml encoding='utf-8'?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>",
        "<a xmlns:p=''/>",
        "< a/>",
        "",
        &format!("<a {many}/>"),
        &"<a>".repeat(xml::DEPTH_MAX + 1),
        &format!("<a b='{}'/>", ">".repeat(40_000)),
    ] {
        assert!(scan::plain(text, xml::TAGS_MAX).is_none(), "{text}");
    }
}

#[test]
fn places_and_children() {
    let text = "<a>\n 台<b/>\n <c><b/></c>\n</a>";
    let document = parse(text).unwrap();
    let root = document.root_element().unwrap();
    let children: Vec<_> = root.children().map(|child| (child.name(), place(child))).collect();
    assert_eq!(children, [("b", Place::at(2, 3)), ("c", Place::at(3, 2))]);
    let slow = xml::parse(text).unwrap();
    let found = slow.descendants().filter(roxmltree::Node::is_element).map(xml::place);
    let nodes = (0..4).map(|at| place(document.node(at).unwrap()));
    assert_eq!(nodes.collect::<Vec<_>>(), found.collect::<Vec<_>>());
    assert_eq!(outermost(&document, |node| matches!(node.name(), "b" | "c")).len(), 2);
}

#[test]
fn attributes() {
    let text =
        "<p:a xmlns:p = 'urn:x' units= \"m/s\" note='a \"b\" &amp; c>'\n x:units='kt' xmlns:x='urn:y'><b/></p:a>";
    for document in [parse(text).unwrap(), slimmed(xml::parse(text).unwrap().root_element())] {
        let root = document.root_element().unwrap();
        assert_eq!(root.attribute("units").as_deref(), Some("m/s"));
        assert_eq!(root.attribute("note").as_deref(), Some("a \"b\" & c>"));
        assert_eq!(root.attribute("unit"), None);
        assert_eq!(root.children().next().unwrap().attribute("units"), None);
        assert_eq!(root.descendants().map(Node::name).collect::<Vec<_>>(), ["b"]);
    }
}

/// Pieces of which documents are made that are nearly well-formed.
const PIECES: [&str; 40] = [
    "<a>",
    "</a>",
    "<a/>",
    "<b>",
    "</b>",
    "<p:c>",
    "</p:c>",
    "<a xmlns='urn:oasis:names:tc:emergency:cap:1.2'>",
    "<a xmlns:p='urn:x'>",
    "<b xmlns:p=\"http://www.incident.com/cap/1.0\" p:q='1'>",
    "<a x='1' y=\"2\">",
    "<a x='1'x='2'>",
    "<b x='&amp;' >",
    "text",
    " ",
    "\n",
    "\r\n",
    "\r",
    "&amp;",
    "&#65;",
    "&#x41;",
    "&#13;",
    "&x;",
    "&",
    "]]>",
    ">",
    "'",
    "<![CDATA[",
    "<![CDATA[x<]]>",
    "<!--",
    "<!-- x -->",
    "-->",
    "<?pi x?>",
    "<?xml version='1.0'?>",
    "台",
    "\u{FFFE}",
    "\u{3000}",
    "=",
    "/>",
    "<!",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_ways_find_the_same_in_made_up_documents(picks in prop::collection::vec(0..PIECES.len(), 0..14)) {
        let text: String = picks.into_iter().map(|at| PIECES[at]).collect();
        check_ways(&text);
        check_ways(&format!("<a>{text}</a>"));
    }

    #[test]
    fn both_ways_find_the_same_in_damaged_alerts(
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0_usize..4), 0..4),
    ) {
        let mut text = GALE.to_owned();
        for (at, piece, cut) in damage {
            let boundaries: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            let from = *at.get(&boundaries);
            let to = text.char_indices().map(|(at, _)| at).find(|at| *at >= from + cut).unwrap_or(text.len());
            text.replace_range(from..to, PIECES[piece]);
        }
        check_ways(&text);
    }
}

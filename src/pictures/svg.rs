//! The words of an SVG, and the few shapes that maps are made of.

use std::fmt::Write as _;

use super::Mark;

/// A drawing as it grows.
#[derive(Debug, Default)]
pub(super) struct Svg(String);

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Its size in pixels.
    pub(super) size: f64,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
    /// Its colour.
    pub(super) fill: &'static str,
    /// True for strokes as thick as those of headings.
    pub(super) is_heavy: bool,
    /// True for a light rim, so that it reads on any ground.
    pub(super) has_rim: bool,
}

impl Svg {
    /// A piece as it stands.
    pub(super) fn put(&mut self, piece: std::fmt::Arguments<'_>) {
        // Writing into a string cannot fail.
        self.0.write_fmt(piece).unwrap_or_default();
    }

    /// A text, whatever stands in it.
    pub(super) fn text(&mut self, (x, y): (f64, f64), style: Style, words: &str) {
        let Style { size, anchor, fill, is_heavy, has_rim } = style;
        let words = escaped(words);
        if has_rim {
            let head = format!(r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="{anchor}""#);
            let rim =
                r##"fill="none" stroke="#ffffff" stroke-opacity="0.9" stroke-width="3.5" stroke-linejoin="round""##;
            self.put(format_args!("{head} {rim}>{words}</text>"));
        }
        let thick = if is_heavy { format!(r#" stroke="{fill}" stroke-width="0.6""#) } else { String::new() };
        self.put(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="{anchor}" fill="{fill}"{thick}>{words}</text>"#
        ));
    }

    /// The sign of a place, some 16 pixels across.
    pub(super) fn mark(&mut self, mark: Mark, (x, y): (f64, f64)) {
        let edge = r##"stroke="#ffffff" stroke-width="1.6" stroke-linejoin="round""##;
        match mark {
            Mark::Act => {
                let y = y - 10.0;
                self.put(format_args!(r##"<path d="M{x:.1} {y:.1}l9 15.5h-18z" fill="#a3120a" {edge}/>"##));
            }
            Mark::Warn => {
                let y = y - 8.5;
                self.put(format_args!(
                    r##"<path d="M{x:.1} {y:.1}l8.5 8.5l-8.5 8.5l-8.5 -8.5z" fill="#8a4b00" {edge}/>"##
                ));
            }
            Mark::Watch => self.put(format_args!(r##"<circle cx="{x:.1}" cy="{y:.1}" r="7" fill="#1a4f8b" {edge}/>"##)),
            Mark::Over => self.put(format_args!(
                r##"<circle cx="{x:.1}" cy="{y:.1}" r="6" fill="#ffffff" stroke="#2f6b36" stroke-width="3"/>"##
            )),
        }
    }

    /// The whole drawing.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A text without what steers an XML document; control characters are not allowed in one at all.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

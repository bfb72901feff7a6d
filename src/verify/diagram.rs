//! The reliability diagram as an SVG: chance across, frequency up, the number of cases under it.

use std::fmt::Write as _;

use super::report::{Bin, COUNT_MIN, Scores};

/// The font that the labels name; whoever draws the picture brings it.
const FONT: &str = "DejaVu Sans";
/// The plot's frame in pixels: left, top, side length; then the histogram's top and height.
const LEFT: f64 = 90.0;
const TOP: f64 = 134.0;
const SIDE: f64 = 520.0;
const COUNTS_TOP: f64 = TOP + SIDE + 70.0;
const COUNTS_HIGH: f64 = 150.0;
const WIDTH: f64 = LEFT + SIDE + 40.0;
const HEIGHT: f64 = COUNTS_TOP + COUNTS_HIGH + 66.0;

/// Colours of 34, 50 and 64 kt that colour-blind people tell apart too (Okabe & Ito 2008, "Color universal design").
const COLOURS: [(u32, &str); 3] = [(34, "#0072B2"), (50, "#E69F00"), (64, "#D55E00")];

/// Draws it, 650 by 940 pixels. Full points have more than 200 cases, hollow ones fewer; the band is a tenth either side.
pub fn reliability_svg(scores: &Scores) -> String {
    let mut svg = String::new();
    head(&mut svg, scores);
    frame(&mut svg);
    for (kt, colour) in COLOURS {
        let bins: Vec<&Bin> = scores.bins.iter().filter(|bin| bin.kt == kt && bin.count > 0).collect();
        curve(&mut svg, &bins, colour);
    }
    legend(&mut svg, scores);
    counts(&mut svg, scores);
    svg.push_str("</svg>\n");
    svg
}

/// Writing into a string cannot fail.
fn put(svg: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(svg, "{line}").unwrap_or_default();
}

fn text(svg: &mut String, (x, y): (f64, f64), (size, anchor): (f64, &str), words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    put(
        svg,
        format_args!(
            r##"<text x="{x:.1}" y="{y:.1}" font-size="{size}" text-anchor="{anchor}" fill="#222">{words}</text>"##
        ),
    );
}

fn turned(svg: &mut String, (x, y): (f64, f64), words: &str) {
    put(
        svg,
        format_args!(
            r##"<text x="{x:.1}" y="{y:.1}" font-size="14" text-anchor="middle" fill="#222" transform="rotate(-90 {x:.1} {y:.1})">{words}</text>"##
        ),
    );
}

fn head(svg: &mut String, scores: &Scores) {
    put(
        svg,
        format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">"#
        ),
    );
    put(svg, format_args!(r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"##));
    let (storms, cycles) = scores.thresholds.first().map_or((0, 0), |first| (first.storms, first.cycles));
    text(svg, (LEFT, 36.0), (20.0, "start"), "How often what was given a chance came");
    let many = |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let under = format!("{} of {}, up to 120 h, beside best tracks", many(cycles, "forecast"), many(storms, "storm"));
    text(svg, (LEFT, 60.0), (14.0, "start"), &under);
}

fn across(p: f64) -> f64 {
    LEFT + p.clamp(0.0, 1.0) * SIDE
}

fn up(p: f64) -> f64 {
    TOP + SIDE - p.clamp(0.0, 1.0) * SIDE
}

fn frame(svg: &mut String) {
    // A tenth either side of the diagonal.
    let corners = [(0.0, 0.0), (0.0, 0.1), (0.9, 1.0), (1.0, 1.0), (1.0, 0.9), (0.1, 0.0)];
    let points: Vec<String> = corners.iter().map(|(x, y)| format!("{:.1},{:.1}", across(*x), up(*y))).collect();
    put(svg, format_args!(r##"<polygon points="{}" fill="#eef1f4"/>"##, points.join(" ")));
    for step in 0..=10_u8 {
        let p = f64::from(step) / 10.0;
        let (x, y) = (across(p), up(p));
        put(
            svg,
            format_args!(
                r##"<path d="M{x:.1} {TOP}V{:.1}M{LEFT} {y:.1}H{:.1}" stroke="#dadde0"/>"##,
                TOP + SIDE,
                LEFT + SIDE
            ),
        );
        if step % 2 == 0 {
            let percent = format!("{} %", step * 10);
            text(svg, (x, TOP + SIDE + 20.0), (13.0, "middle"), &percent);
            text(svg, (LEFT - 8.0, y + 4.5), (13.0, "end"), &percent);
        }
    }
    put(
        svg,
        format_args!(
            r##"<path d="M{LEFT} {:.1}L{:.1} {TOP}" stroke="#777" stroke-width="1.5" stroke-dasharray="6 5"/>"##,
            TOP + SIDE,
            LEFT + SIDE
        ),
    );
    put(
        svg,
        format_args!(r##"<rect x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#222"/>"##),
    );
    text(svg, (LEFT + SIDE / 2.0, TOP + SIDE + 42.0), (14.0, "middle"), "chance that was given");
    turned(svg, (28.0, TOP + SIDE / 2.0), "share in which the wind came");
}

fn curve(svg: &mut String, bins: &[&Bin], colour: &str) {
    let points: Vec<(f64, f64, usize)> =
        bins.iter().filter_map(|bin| Some((across(bin.p?), up(bin.observed?), bin.count))).collect();
    let line: Vec<String> = points.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
    put(
        svg,
        format_args!(r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2.5"/>"#, line.join(" ")),
    );
    for (x, y, count) in points {
        let fill = if count > COUNT_MIN { colour } else { "#fff" };
        put(
            svg,
            format_args!(
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="5.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>"#
            ),
        );
    }
}

/// Two rows over the plot, where no curve goes.
fn legend(svg: &mut String, scores: &Scores) {
    let column = SIDE / COLOURS.len() as f64;
    let (first, second) = (TOP - 40.0, TOP - 16.0);
    for (at, (kt, colour)) in COLOURS.iter().enumerate() {
        let x = LEFT + at as f64 * column;
        let of_wind = scores.thresholds.iter().find(|score| score.kt == *kt);
        let brier = of_wind.and_then(|score| score.brier).map_or_else(|| "unknown".to_owned(), |b| format!("{b:.4}"));
        put(svg, format_args!(r#"<path d="M{x:.1} {:.1}h30" stroke="{colour}" stroke-width="2.5"/>"#, first - 4.5));
        put(svg, format_args!(r#"<circle cx="{:.1}" cy="{:.1}" r="5.5" fill="{colour}"/>"#, x + 15.0, first - 4.5));
        text(svg, (x + 38.0, first), (13.0, "start"), &format!("{kt} kt, Brier {brier}"));
    }
    put(
        svg,
        format_args!(
            r##"<circle cx="{:.1}" cy="{:.1}" r="5.5" fill="#fff" stroke="#555" stroke-width="2"/>"##,
            LEFT + 15.0,
            second - 4.5
        ),
    );
    text(svg, (LEFT + 38.0, second), (13.0, "start"), &format!("{COUNT_MIN} cases or fewer"));
    let x = LEFT + column;
    put(svg, format_args!(r##"<rect x="{x:.1}" y="{:.1}" width="30" height="14" fill="#e3e7eb"/>"##, second - 12.0));
    text(svg, (x + 38.0, second), (13.0, "start"), "within 10 points");
}

/// Bars of the number of cases on a logarithmic scale, bin by bin.
fn counts(svg: &mut String, scores: &Scores) {
    let most = scores.bins.iter().map(|bin| bin.count).max().unwrap_or_default().max(10);
    let decades = (most as f64).log10().ceil();
    let high = |count: usize| (count.max(1) as f64).log10() / decades * COUNTS_HIGH;
    let base = COUNTS_TOP + COUNTS_HIGH;
    let mut decade = 1_usize;
    while decade as f64 <= 10_f64.powf(decades) {
        let y = base - high(decade);
        put(svg, format_args!(r##"<path d="M{LEFT} {y:.1}h{SIDE}" stroke="#dadde0"/>"##));
        text(svg, (LEFT - 8.0, y + 4.5), (13.0, "end"), &thousands(decade));
        decade *= 10;
    }
    // Eleven columns: no chance at all, then the tenths.
    let column = SIDE / 11.0;
    let bar = (column - 8.0) / COLOURS.len() as f64;
    for (number, (kt, colour)) in COLOURS.iter().enumerate() {
        for (at, bin) in scores.bins.iter().filter(|bin| bin.kt == *kt).enumerate() {
            let x = LEFT + at as f64 * column + 4.0 + number as f64 * bar;
            let tall = if bin.count == 0 { 0.0 } else { high(bin.count).max(1.5) };
            put(
                svg,
                format_args!(
                    r#"<rect x="{x:.1}" y="{:.1}" width="{bar:.1}" height="{tall:.1}" fill="{colour}"/>"#,
                    base - tall
                ),
            );
        }
    }
    for at in 0..11_u8 {
        let label = if at == 0 { "0".to_owned() } else { format!("\u{2264} {}", at * 10) };
        text(svg, (LEFT + (f64::from(at) + 0.5) * column, base + 18.0), (12.0, "middle"), &label);
    }
    put(
        svg,
        format_args!(
            r##"<rect x="{LEFT}" y="{COUNTS_TOP}" width="{SIDE}" height="{COUNTS_HIGH}" fill="none" stroke="#222"/>"##
        ),
    );
    text(svg, (LEFT + SIDE / 2.0, base + 42.0), (14.0, "middle"), "chance that was given, %");
    turned(svg, (28.0, COUNTS_TOP + COUNTS_HIGH / 2.0), "cases");
}

/// 10000 as `10 000`.
fn thousands(count: usize) -> String {
    if count < 10_000 { count.to_string() } else { format!("{} {:03}", count / 1000, count % 1000) }
}

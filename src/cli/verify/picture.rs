//! An SVG of ours as a PNG. Labels are drawn with the font that is built in, so that they are there on machines without any.

use anyhow::Context as _;
use resvg::{tiny_skia, usvg};

/// Latin letters, digits and signs of `DejaVu Sans`; its licence lies beside it.
const FONT: &[u8] = include_bytes!("../../../data/fonts/dejavu-sans-latin.ttf");

/// Draws it at twice its size, as screens have it.
pub(super) fn png(svg: &str) -> anyhow::Result<Vec<u8>> {
    const SCALE: f32 = 2.0;
    let mut options = usvg::Options::default();
    options.fontdb_mut().load_font_data(FONT.to_vec());
    let tree = usvg::Tree::from_str(svg, &options).context("the picture is no SVG")?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("the picture has no size")?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).context("the picture has no size")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().context("the picture cannot be packed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_leave_ink() {
        let svg = |words: &str| {
            format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text x="2" y="15" font-family="DejaVu Sans" font-size="14">{words}</text></svg>"#
            )
        };
        let ink = |words: &str| {
            let png = png(&svg(words)).expect("a picture");
            let pixels = tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
            assert_eq!((pixels.width(), pixels.height()), (160, 40));
            pixels.pixels().iter().filter(|pixel| pixel.alpha() > 128).count()
        };
        assert_eq!(ink(""), 0);
        for words in ["kt", "%", "\u{2264} 10", "\u{00B1}"] {
            assert!(ink(words) > 20, "{words}");
        }
        assert!(png("no svg").is_err());
    }
}

//! A drawing of ours as a PNG.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use resvg::{tiny_skia, usvg};

use super::PictureError;

/// Noto Sans SC, a subset; its licence lies beside it, and `tests/pictures/bake_font.py` makes it.
const FONT: &[u8] = include_bytes!("../../data/fonts/noto-sans-sc.ttf");
/// The name by which drawings ask for it.
pub(super) const FAMILY: &str = "Noto Sans SC";
/// Screens have two pixels for one, phones three; a little less than two is sharp enough and a quarter fewer bytes.
const SCALE: f32 = 1.75;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    Arc::new(fonts)
});

/// How many colours a picture has: far fewer bytes than 256 take, with no step to be seen.
const COLOURS: usize = 48;

/// Draws it larger than it is shown, in few colours. The same drawing gives the same bytes.
pub(super) fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let refused = |detail: String| PictureError::Render { detail };
    let mut options =
        usvg::Options { fontdb: Arc::clone(&FONTS), font_family: FAMILY.to_owned(), ..Default::default() };
    // A drawing of ours names no file; should one ever, nothing is read.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| refused(error.to_string()))?;
    let no_size = || refused("it has no size".to_owned());
    let size = tree.size().to_int_size().scale_by(SCALE).ok_or_else(no_size)?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(no_size)?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    packed(&pixels).map_err(|error| refused(error.to_string()))
}

/// One pixel with nothing on it.
pub(super) fn blank() -> Result<Vec<u8>, PictureError> {
    let refused = |detail: String| PictureError::Render { detail };
    let pixel = tiny_skia::Pixmap::new(1, 1).ok_or_else(|| refused("it has no size".to_owned()))?;
    packed(&pixel).map_err(|error| refused(error.to_string()))
}

/// Colours in 32 steps of red, green and blue: few enough to sort, fine enough to see no step on flat shades.
const BINS: usize = 1 << 15;

/// A PNG with a palette: the most used colours as they are, the others as the nearest of them. A third of the bytes that
/// true colours take.
fn packed(pixels: &tiny_skia::Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let mut sums = vec![[0_u32; 4]; BINS];
    for pixel in pixels.pixels() {
        if let Some([red, green, blue, count]) = sums.get_mut(bin(*pixel)) {
            *red += u32::from(pixel.red());
            *green += u32::from(pixel.green());
            *blue += u32::from(pixel.blue());
            *count += 1;
        }
    }
    let mut used: Vec<usize> = (0..BINS).filter(|bin| sums.get(*bin).is_some_and(|[.., count]| *count > 0)).collect();
    used.sort_by_key(|bin| std::cmp::Reverse(sums.get(*bin).map_or(0, |[.., count]| *count)));
    let colour = |bin: usize| {
        let [red, green, blue, count] = sums.get(bin).copied().unwrap_or_default();
        [red, green, blue].map(|sum| u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX))
    };
    let palette: Vec<[u8; 3]> = used.iter().take(COLOURS).map(|bin| colour(*bin)).collect();
    let mut index_of = vec![0_u8; BINS];
    for bin in used {
        if let Some(index) = index_of.get_mut(bin) {
            *index = nearest(&palette, colour(bin));
        }
    }
    let indices: Vec<u8> =
        pixels.pixels().iter().map(|pixel| index_of.get(bin(*pixel)).copied().unwrap_or_default()).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indices)?;
    writer.finish()?;
    Ok(out)
}

fn bin(pixel: tiny_skia::PremultipliedColorU8) -> usize {
    let five = |channel: u8| usize::from(channel >> 3);
    five(pixel.red()) << 10 | five(pixel.green()) << 5 | five(pixel.blue())
}

fn nearest(palette: &[[u8; 3]], colour: [u8; 3]) -> u8 {
    let off = |known: &[u8; 3]| -> u32 { known.iter().zip(colour).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    let best = palette.iter().enumerate().min_by_key(|(_, known)| off(known));
    best.and_then(|(index, _)| u8::try_from(index).ok()).unwrap_or_default()
}

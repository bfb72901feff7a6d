//! Seeded damage: what happens to documents on the way, and what somebody hostile would try.

/// Numbers of splitmix64 (Steele, Lea & Flood 2014, OOPSLA, figure 16): the same seed, the same damage.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        &from[at]
    }
}

/// The largest document that damage makes.
const BYTES_MAX: usize = 400_000;

/// What stands where a number stood.
const NUMBERS: [&str; 22] = [
    "",
    "0",
    "-0",
    "-1",
    "1e999",
    "-1e999",
    "NaN",
    "inf",
    "99999999999999999999",
    "-99",
    "-999",
    "9999",
    "0.0000001",
    "180",
    "-180",
    "181",
    "360",
    "90.1",
    "1e-320",
    "4294967296",
    "٣",
    "１２",
];
/// What stands where a word stood.
const WORDS: [&str; 16] = [
    "null",
    "true",
    "{}",
    "[]",
    "\"\"",
    "\u{0}",
    "\u{FEFF}",
    "\u{202E}",
    "<![CDATA[",
    "&amp;",
    "]]>",
    "\r\n",
    "\\u0000",
    "\\ud800",
    "😀",
    "....................",
];

/// A sample with one to eight things done to it.
pub(crate) fn damaged(samples: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut body = dice.pick(samples).clone();
    // Long samples are tried in part as well: damage in their head would else be rare.
    if body.len() > 20_000 && dice.below(3) > 0 {
        body.truncate(2_000 + dice.below(18_000));
    }
    for _ in 0..=dice.below(8) {
        match dice.below(11) {
            0 => flip(&mut body, dice),
            1 => cut(&mut body, dice),
            2 => repeat(&mut body, dice),
            3 => splice(&mut body, samples, dice),
            4 | 5 => put(&mut body, dice, |c| c.is_ascii_digit() || matches!(c, b'.' | b'-'), &NUMBERS),
            6 => put(&mut body, dice, |c| c.is_ascii_alphabetic(), &WORDS),
            7 => shuffle_lines(&mut body, dice),
            8 => truncate(&mut body, dice),
            9 => digits(&mut body, dice),
            _ => insert(&mut body, dice),
        }
        body.truncate(BYTES_MAX);
    }
    body
}

fn flip(body: &mut [u8], dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let at = dice.below(body.len());
        if let Some(byte) = body.get_mut(at) {
            *byte = u8::try_from(dice.below(256)).unwrap();
        }
    }
}

/// A piece of the document, of up to `most` bytes.
fn piece(body: &[u8], dice: &mut Dice, most: usize) -> std::ops::Range<usize> {
    let from = dice.below(body.len() + 1);
    let to = (from + dice.below(most)).min(body.len());
    from..to
}

fn cut(body: &mut Vec<u8>, dice: &mut Dice) {
    let piece = piece(body, dice, 200);
    body.drain(piece);
}

fn repeat(body: &mut Vec<u8>, dice: &mut Dice) {
    let piece = piece(body, dice, 400);
    let most = if dice.below(8) == 0 { 300 } else { 4 };
    let times = 1 + dice.below(most);
    let end = piece.end;
    let more = body[piece].repeat(times);
    body.splice(end..end, more);
}

fn splice(body: &mut Vec<u8>, samples: &[Vec<u8>], dice: &mut Dice) {
    let other = dice.pick(samples);
    let from = other[piece(other, dice, 600)].to_vec();
    let at = piece(body, dice, 100);
    body.splice(at, from);
}

/// Something odd in place of a run of such characters.
fn put(body: &mut Vec<u8>, dice: &mut Dice, is_of_run: impl Fn(u8) -> bool, odd: &[&str]) {
    let start = dice.below(body.len() + 1);
    let Some(from) = body.iter().skip(start).position(|c| is_of_run(*c)).map(|at| start + at) else { return };
    let length = body.iter().skip(from).take_while(|c| is_of_run(**c)).count();
    body.splice(from..from + length, dice.pick(odd).bytes());
}

fn shuffle_lines(body: &mut Vec<u8>, dice: &mut Dice) {
    let mut lines: Vec<Vec<u8>> = body.split_inclusive(|c| *c == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=dice.below(4) {
        let (a, b) = (dice.below(lines.len()), dice.below(lines.len()));
        if a < lines.len() && b < lines.len() {
            lines.swap(a, b);
        }
    }
    *body = lines.concat();
}

fn truncate(body: &mut Vec<u8>, dice: &mut Dice) {
    let length = dice.below(body.len() + 1);
    body.truncate(length);
}

/// One digit becomes another: still a number, and a wrong one.
fn digits(body: &mut [u8], dice: &mut Dice) {
    for _ in 0..=dice.below(4) {
        let start = dice.below(body.len());
        if let Some(digit) = body.iter_mut().skip(start).find(|c| c.is_ascii_digit()) {
            *digit = b'0' + u8::try_from(dice.below(10)).unwrap();
        }
    }
}

fn insert(body: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(body.len() + 1);
    let odd = if dice.below(2) == 0 { *dice.pick(&NUMBERS) } else { *dice.pick(&WORDS) };
    body.splice(at..at, odd.bytes());
}

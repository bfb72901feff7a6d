//! Gzip, as archives pack one long table: unpacked with bounds (RFC 1952; several members follow one another).

use std::io::Read;

use flate2::read::MultiGzDecoder;

/// The most bytes that any file may unpack to.
const UNPACKED_MAX: usize = 64 * 1024 * 1024;
/// A large one may unpack to this many times its own size, so that nothing small becomes large; tables pack to a tenth.
const RATIO_MAX: usize = 32;
/// The most bytes that a large one may unpack to; all of `IBTrACS` is 310 MB.
const LARGE_UNPACKED_MAX: usize = 512 * 1024 * 1024;

/// True for the first bytes of a gzip file.
pub(crate) fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(b"\x1F\x8B\x08")
}

/// The unpacked bytes, or why there are none.
pub(crate) fn unpack(body: &[u8]) -> Result<Vec<u8>, String> {
    let most = body.len().saturating_mul(RATIO_MAX).clamp(UNPACKED_MAX, LARGE_UNPACKED_MAX);
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(body)
        .take(most as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| format!("the gzip file cannot be unpacked: {error}"))?;
    if unpacked.len() > most {
        return Err(format!("the gzip file unpacks to more than {most} bytes"));
    }
    Ok(unpacked)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// These bytes packed; for the tests of other modules too.
    pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_went_in_comes_out() {
        let body = packed(b"gale");
        assert!(is_gzip(&body) && !is_gzip(b"gale"));
        assert_eq!(unpack(&body).unwrap(), b"gale");
        assert_eq!(unpack(&[body.clone(), body].concat()).unwrap(), b"galegale");
    }

    #[test]
    fn bombs_and_torn_files_are_refused() {
        let bomb = packed(&vec![0; UNPACKED_MAX + 1]);
        assert!(unpack(&bomb).unwrap_err().contains("more than"));
        let body = packed(&[7; 5_000]);
        for length in 3..body.len() {
            assert!(unpack(&body[..length]).is_err(), "{length}");
        }
        assert!(unpack(b"\x1F\x8B\x08 nothing of the kind").is_err());
    }
}

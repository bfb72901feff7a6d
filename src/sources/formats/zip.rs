//! ZIP archives, as agencies pack a season's files: stored or deflated entries, with bounds.
//!
//! After the ZIP application note 6.3.10: end of central directory (4.3.16), its entries (4.3.12), local headers
//! (4.3.7). What that note allows beyond (encryption, other compressions, ZIP64) is told as a fault.

use std::io::Read;

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::fault_log::FaultLog;
use crate::domain::{Fault, Place};

/// The most entries; a season of best tracks has below 50.
const ENTRIES_MAX: usize = 1_000;
/// The most bytes of all entries together, unpacked; a season has below 400 kB.
const UNPACKED_MAX: u64 = 64 * 1024 * 1024;
/// How far from the end the central directory's end record may begin: its 22 bytes and the longest comment.
const END_SEARCH: usize = 22 + 65_535;

/// One file of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path in the archive. Only ever shown: nothing is written anywhere.
    pub(crate) name: String,
    /// Its bytes, unpacked.
    pub(crate) body: Vec<u8>,
}

/// True for the first bytes of an archive.
pub(crate) fn is_zip(body: &[u8]) -> bool {
    body.starts_with(b"PK\x03\x04") || body.starts_with(b"PK\x05\x06")
}

/// The files of an archive in the order of its directory, folders and empty files left out.
pub(crate) fn read(body: &[u8], log: &mut FaultLog) -> Vec<Entry> {
    let Some(mut directory) = directory(body) else {
        let fault = Fault::fatal(Place::default(), "the archive's directory cannot be read");
        log.push(fault.hint("it was probably cut off on the way; fetch it again"));
        return Vec::new();
    };
    let mut entries = Vec::new();
    let mut left = UNPACKED_MAX;
    let mut seen = 0;
    while let Some((header, rest)) = Header::read(directory) {
        directory = rest;
        seen += 1;
        if seen > ENTRIES_MAX {
            log.push(Fault::fatal(Place::default(), format!("the archive has more than {ENTRIES_MAX} entries")));
            break;
        }
        if header.name.ends_with('/') || header.size == 0 {
            continue;
        }
        match header.unpack(body, left) {
            Ok(unpacked) => {
                left = left.saturating_sub(unpacked.len() as u64);
                entries.push(Entry { name: header.name, body: unpacked });
            }
            Err(what) => log.push(Fault::fatal(Place::default().field(header.name), what)),
        }
    }
    entries
}

/// An entry of the central directory.
struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: u64,
    offset: usize,
}

impl Header {
    /// The first entry of these bytes, and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if !bytes.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, comment) = (u16_at(bytes, 28)?, u16_at(bytes, 30)?, u16_at(bytes, 32)?);
        let name_end = 46 + usize::from(name);
        let header = Self {
            name: String::from_utf8_lossy(bytes.get(46..name_end)?).into_owned(),
            flags: u16_at(bytes, 8)?,
            method: u16_at(bytes, 10)?,
            crc: u32_at(bytes, 16)?,
            packed: usize::try_from(u32_at(bytes, 20)?).ok()?,
            size: u64::from(u32_at(bytes, 24)?),
            offset: usize::try_from(u32_at(bytes, 42)?).ok()?,
        };
        let rest = bytes.get(name_end + usize::from(extra) + usize::from(comment)..)?;
        Some((header, rest))
    }

    /// The unpacked bytes, never more than `left` of them.
    fn unpack(&self, archive: &[u8], left: u64) -> Result<Vec<u8>, String> {
        if self.flags & 1 != 0 {
            return Err("the entry is encrypted".to_owned());
        }
        if self.size > left {
            return Err(format!("the archive unpacks to more than {UNPACKED_MAX} bytes"));
        }
        let packed = self.packed_bytes(archive).ok_or("the entry is cut off")?;
        let body = match self.method {
            0 => packed.to_vec(),
            8 => inflate(packed, self.size)?,
            other => return Err(format!("the entry is compressed by method {other}, which is not read")),
        };
        let mut crc = Crc::new();
        crc.update(&body);
        if body.len() as u64 != self.size || crc.sum() != self.crc {
            return Err("the entry is damaged: its checksum or length is wrong".to_owned());
        }
        Ok(body)
    }

    fn packed_bytes<'a>(&self, archive: &'a [u8]) -> Option<&'a [u8]> {
        let local = archive.get(self.offset..)?;
        if !local.starts_with(b"PK\x03\x04") {
            return None;
        }
        let start = 30 + usize::from(u16_at(local, 26)?) + usize::from(u16_at(local, 28)?);
        local.get(start..start.checked_add(self.packed)?)
    }
}

/// Inflates to `size` bytes and one more, so that a lie about the size shows and costs nothing.
fn inflate(packed: &[u8], size: u64) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    DeflateDecoder::new(packed)
        .take(size + 1)
        .read_to_end(&mut body)
        .map_err(|error| format!("the entry cannot be unpacked: {error}"))?;
    Ok(body)
}

/// The bytes from the first entry of the central directory on.
fn directory(body: &[u8]) -> Option<&[u8]> {
    let from = body.len().saturating_sub(END_SEARCH);
    let tail = body.get(from..)?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let record = tail.get(end..end + 22)?;
    let offset = usize::try_from(u32_at(record, 16)?).ok()?;
    body.get(offset..)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// An archive of these files, deflated; for the tests of other modules too.
    pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for (name, bytes) in files {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            let packed = encoder.finish().unwrap();
            let mut crc = Crc::new();
            crc.update(bytes);
            let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
            common.extend(crc.sum().to_le_bytes());
            common.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
            common.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
            common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            common.extend([0, 0]);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
            directory.extend(name.as_bytes());
            body.extend(b"PK\x03\x04");
            body.extend(&common);
            body.extend(name.as_bytes());
            body.extend(packed);
        }
        let offset = u32::try_from(body.len()).unwrap();
        body.extend(&directory);
        body.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0");
        body.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
        body.extend(offset.to_le_bytes());
        body.extend([0, 0]);
        body
    }

    fn faults(body: &[u8]) -> (usize, Vec<Fault>) {
        let mut log = FaultLog::default();
        let entries = read(body, &mut log);
        (entries.len(), log.into_faults())
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let body = archive(&[("a.dat", b"gale"), ("folder/", b""), ("folder/b.dat", &[7; 5000])]);
        assert!(is_zip(&body));
        let mut log = FaultLog::default();
        let entries = read(&body, &mut log);
        let names: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.body.len())).collect();
        assert_eq!(names, [("a.dat", 4), ("folder/b.dat", 5000)]);
        assert!(log.into_faults().is_empty());
    }

    #[test]
    fn a_bomb_is_refused() {
        let zeros = vec![0; 65 * 1024 * 1024];
        let (entries, faults) = faults(&archive(&[("bomb", &zeros)]));
        assert_eq!(entries, 0);
        assert!(faults[0].what.contains("unpacks to more than"), "{faults:?}");
    }

    #[test]
    fn a_lie_about_the_size_is_found_out() {
        let mut body = archive(&[("a", &vec![0; 100_000])]);
        let at = body.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        body[at + 24..at + 28].copy_from_slice(&10u32.to_le_bytes());
        let (entries, faults) = faults(&body);
        assert_eq!(entries, 0);
        assert!(faults[0].what.contains("damaged"), "{faults:?}");
    }

    #[test]
    fn a_torn_archive_is_told() {
        let body = archive(&[("a.dat", b"gale"), ("b.dat", b"storm")]);
        for length in 4..body.len() {
            let (_, faults) = faults(&body[..length]);
            assert!(!faults.is_empty(), "{length}");
        }
    }
}

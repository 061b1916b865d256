//! The members of a tar stream (POSIX ustar, PAX, GNU long names), each checked so that every reader sees the same.
//! It does not know what a chart is.

use super::gzip::Member;
use super::path::{self, Seen};
use super::{Budget, File, Refusal, pax};
use crate::limits::{
    ARCHIVE_FILE_BYTES_MAX, ARCHIVE_PADDING_BYTES_MAX, ARCHIVE_PATH_BYTES_MAX, PAX_HEADER_BYTES_MAX,
};

const BLOCK_BYTES: usize = 512;
/// A GNU long name ends in a NUL.
const GNU_NAME_BYTES_MAX: u64 = ARCHIVE_PATH_BYTES_MAX as u64 + 1;

/// Files with their whole paths, in archive order. Folders are checked and dropped.
pub(super) fn read(stream: &mut Member<'_>, budget: &mut Budget) -> Result<Vec<File>, Refusal> {
    let mut files = Vec::new();
    let mut seen = Seen::default();
    let mut extension = Extension::None;
    while let Some(header) = next_header(stream, budget)? {
        match header.flag {
            // Some readers know extensions only in the formats that brought them.
            b'x' | b'g' if header.format == Format::Old => {
                return Err(Refusal::TarHeader("PAX in an old format"));
            }
            b'L' if header.format != Format::Gnu => {
                return Err(Refusal::TarHeader("GNU name in another format"));
            }
            b'x' => {
                extension.set(Extension::Pax(pax::local(&content(
                    stream,
                    budget,
                    &header,
                    PAX_HEADER_BYTES_MAX,
                )?)?))?;
            }
            b'L' => {
                let name = content(stream, budget, &header, GNU_NAME_BYTES_MAX)?;
                extension.set(Extension::GnuName(gnu_name(name)?))?;
            }
            b'g' => {
                extension.refuse()?;
                pax::global(&content(stream, budget, &header, PAX_HEADER_BYTES_MAX)?)?;
            }
            _ => {
                budget.take_entry()?;
                let name = member_name(&header, std::mem::take(&mut extension))?;
                take_member(stream, budget, &header, &name, &mut seen, &mut files)?;
            }
        }
    }
    extension.refuse()?;
    Ok(files)
}

/// One file or folder; everything else is refused.
fn take_member(
    stream: &mut Member<'_>,
    budget: &mut Budget,
    header: &Header,
    name: &[u8],
    seen: &mut Seen,
    files: &mut Vec<File>,
) -> Result<(), Refusal> {
    let shown = || String::from_utf8_lossy(name).into_owned();
    match header.flag {
        b'0' | 0 | b'5' => {}
        b'1' | b'2' | b'K' => return Err(Refusal::Link(shown())),
        b'3' | b'4' | b'6' => return Err(Refusal::Device(shown())),
        b'S' => return Err(Refusal::Sparse(shown())),
        flag => return Err(Refusal::UnknownType { path: shown(), flag: char::from(flag) }),
    }
    let path = path::check(name)?;
    let is_folder = header.flag == b'5';
    const KIND_BITS: u64 = 0o170_000;
    let kind = header.mode & KIND_BITS;
    if kind != 0 && kind != if is_folder { 0o040_000 } else { 0o100_000 } {
        return Err(Refusal::ModeDisagrees(shown()));
    }
    if is_folder {
        return if header.size > 0 { Err(Refusal::FolderWithContent(shown())) } else { seen.folder(path) };
    }
    if name.ends_with(b"/") {
        return Err(Refusal::FileNamedAsFolder(shown()));
    }
    if header.size > ARCHIVE_FILE_BYTES_MAX {
        return Err(Refusal::FileTooLarge(shown()));
    }
    seen.file(path)?;
    let data = content(stream, budget, header, ARCHIVE_FILE_BYTES_MAX)?;
    files.push(File { path: path.to_owned(), data });
    Ok(())
}

/// An extension header that waits for its file.
#[derive(Default)]
enum Extension {
    #[default]
    None,
    Pax(pax::Facts),
    GnuName(Vec<u8>),
}

impl Extension {
    fn set(&mut self, next: Extension) -> Result<(), Refusal> {
        self.refuse()?;
        *self = next;
        Ok(())
    }

    /// An extension that no file followed means different things to different readers (A13).
    fn refuse(&self) -> Result<(), Refusal> {
        if matches!(self, Extension::None) { Ok(()) } else { Err(Refusal::ExtensionStray) }
    }
}

/// The one name of a member, after header and extension were found to agree.
fn member_name(header: &Header, extension: Extension) -> Result<Vec<u8>, Refusal> {
    let shown = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let long = match extension {
        Extension::None => return Ok(header.name.clone()),
        Extension::GnuName(long) => long,
        Extension::Pax(facts) => {
            if facts.sparse {
                return Err(Refusal::Sparse(shown(&header.name)));
            }
            if facts.link {
                return Err(Refusal::Link(shown(&header.name)));
            }
            if let Some(pax) = facts.size.filter(|size| size.parse() != Ok(header.size)) {
                return Err(Refusal::SizesDisagree { path: shown(&header.name), header: header.size, pax });
            }
            match facts.path {
                None => return Ok(header.name.clone()),
                Some(path) => path,
            }
        }
    };
    if long.contains(&0) {
        return Err(Refusal::PathControl(shown(&long)));
    }
    if !continues(&header.name, &long) {
        return Err(Refusal::NamesDisagree { header: shown(&header.name), long: shown(&long) });
    }
    Ok(long)
}

/// Whether the header's short name is what writers leave of the long one: its beginning, where characters that are not
/// ASCII were dropped (Go), replaced by `?` (Python) or kept.
fn continues(short: &[u8], long: &[u8]) -> bool {
    if long.starts_with(short) {
        return true;
    }
    let ascii: Vec<u8> = long.iter().copied().filter(u8::is_ascii).collect();
    let marked: Vec<u8> = String::from_utf8_lossy(long)
        .chars()
        .map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b'?'))
        .collect();
    ascii.starts_with(short) || marked.starts_with(short)
}

fn gnu_name(mut name: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    if name.pop() != Some(0) || name.is_empty() {
        return Err(Refusal::TarHeader("a GNU long name does not end in NUL"));
    }
    Ok(name)
}

/// The member's bytes, and its padding read over.
fn content(
    stream: &mut Member<'_>,
    budget: &mut Budget,
    header: &Header,
    bytes_max: u64,
) -> Result<Vec<u8>, Refusal> {
    if header.size > bytes_max {
        return Err(Refusal::PaxTooLong);
    }
    let size = usize::try_from(header.size).map_err(|_| Refusal::UnpackedTooLarge)?;
    let mut data = vec![0; size];
    let padding = size.next_multiple_of(BLOCK_BYTES) - size;
    let mut rest = [0; BLOCK_BYTES];
    if stream.read(&mut data, budget)? < size || stream.read(&mut rest[..padding], budget)? < padding {
        return Err(Refusal::TarTruncated);
    }
    Ok(data)
}

struct Header {
    name: Vec<u8>,
    mode: u64,
    size: u64,
    flag: u8,
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Old,
    Ustar,
    Gnu,
}

/// The next header, or `None` after the end mark and nothing but zeros behind it.
fn next_header(stream: &mut Member<'_>, budget: &mut Budget) -> Result<Option<Header>, Refusal> {
    let mut block = [0; BLOCK_BYTES];
    if stream.read(&mut block, budget)? < BLOCK_BYTES {
        return Err(Refusal::TarTruncated);
    }
    if block.iter().any(|byte| *byte != 0) {
        return parse_header(&block).map(Some);
    }
    if stream.read(&mut block, budget)? < BLOCK_BYTES {
        return Err(Refusal::TarTruncated);
    }
    if block.iter().any(|byte| *byte != 0) {
        return Err(Refusal::TarLoneZeroBlock);
    }
    let mut padding: u64 = 0;
    loop {
        let count = stream.read(&mut block, budget)?;
        padding += count as u64;
        if block[..count].iter().any(|byte| *byte != 0) {
            return Err(Refusal::TarTrailing);
        }
        if padding > ARCHIVE_PADDING_BYTES_MAX {
            return Err(Refusal::TarPadding);
        }
        if count < BLOCK_BYTES {
            return Ok(None);
        }
    }
}

fn parse_header(block: &[u8; BLOCK_BYTES]) -> Result<Header, Refusal> {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    const PREFIX: std::ops::Range<usize> = 345..500;
    /// GNU writes owners whose number octal cannot hold in binary behind this bit.
    const BINARY_NUMBER: u8 = 0x80;
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if CHECKSUM.contains(&at) { 32 } else { u64::from(*byte) })
        .sum();
    if octal(&block[CHECKSUM])? != sum {
        return Err(Refusal::TarHeader("checksum"));
    }
    let mut name = text(&block[0..100]).to_vec();
    let format = match &block[257..265] {
        b"ustar\x0000" => Format::Ustar,
        b"ustar  \0" => Format::Gnu,
        [0, 0, 0, 0, 0, 0, 0, 0] => Format::Old,
        _ => return Err(Refusal::TarHeader("magic")),
    };
    let prefix = text(&block[PREFIX]);
    if format == Format::Ustar && !prefix.is_empty() {
        name = [prefix, b"/", &name].concat();
    }
    // The other formats have no prefix; what stands there would be one to some readers.
    if format != Format::Ustar && block[PREFIX].iter().any(|byte| *byte != 0) {
        return Err(Refusal::TarHeader("prefix"));
    }
    if block[500..].iter().any(|byte| *byte != 0) {
        return Err(Refusal::TarHeader("bytes after its fields"));
    }
    // Owner, group, time and device numbers are nobody's business here, but a reader that minds them must not stumble.
    for owner in [108..116, 116..124] {
        if block[owner.start] & BINARY_NUMBER == 0 {
            octal(&block[owner])?;
        }
    }
    for field in [136..148, 329..337, 337..345] {
        octal(&block[field])?;
    }
    Ok(Header {
        name,
        mode: octal(&block[100..108])?,
        size: octal(&block[124..136])?,
        flag: block[156],
        format,
    })
}

/// A field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// An octal number between spaces, ended by NUL or space; an unused field is all NUL and means 0.
fn octal(field: &[u8]) -> Result<u64, Refusal> {
    let trimmed = &field[field.iter().position(|byte| *byte != b' ').unwrap_or(field.len())..];
    let digits = trimmed.split(|byte| *byte == 0 || *byte == b' ').next().unwrap_or_default();
    let tail = &trimmed[digits.len()..];
    let sound = digits.iter().all(|byte| (b'0'..=b'7').contains(byte))
        && tail.iter().all(|byte| *byte == 0 || *byte == b' ');
    if !sound {
        return Err(Refusal::TarHeader("number"));
    }
    Ok(digits.iter().fold(0, |sum, digit| sum * 8 + u64::from(digit - b'0')))
}

//! A chart's folder as one run of bytes for the scan child: for each file length and text of its path, length and bytes of
//! its data, lengths as eight bytes little-endian. Both ends are this binary; nothing of it is kept.

use renderer::archive::File;

/// Bytes of a length.
const LENGTH_BYTES: usize = 8;

#[must_use]
pub fn write_files(files: &[File]) -> Vec<u8> {
    let mut out = Vec::new();
    for file in files {
        for part in [file.path.as_bytes(), &file.data] {
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            out.extend_from_slice(part);
        }
    }
    out
}

/// The files again; `None` when the bytes are cut short or a path is no UTF-8.
#[must_use]
pub fn read_files(mut bytes: &[u8]) -> Option<Vec<File>> {
    let mut files = Vec::new();
    while !bytes.is_empty() {
        let path = String::from_utf8(take(&mut bytes)?.to_vec()).ok()?;
        files.push(File { path, data: take(&mut bytes)?.to_vec() });
    }
    Some(files)
}

fn take<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_at_checked(LENGTH_BYTES)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (part, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_and_a_cut_is_noticed() {
        let file = |path: &str, data: &[u8]| File { path: path.to_owned(), data: data.to_vec() };
        let files = vec![file("Chart.yaml", b"name: a"), file("empty", b""), file("templates/ä", b"\0\xff")];
        let bytes = write_files(&files);
        assert_eq!(read_files(&bytes), Some(files));
        for cut in [1, 9, bytes.len() - 1] {
            assert_eq!(read_files(&bytes[..cut]), None, "{cut}");
        }
    }
}

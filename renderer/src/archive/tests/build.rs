//! Archives from bytes, honest and hostile. It checks nothing.

use flate2::Crc;
use flate2::{Compress, Compression, FlushCompress};

/// A tar stream under construction.
#[derive(Clone, Default)]
pub(super) struct Tar(pub Vec<u8>);

/// One header's fields before its checksum is made.
#[derive(Clone)]
pub(super) struct Head {
    pub name: Vec<u8>,
    pub flag: u8,
    pub size: usize,
    pub mode: &'static str,
    pub magic: &'static [u8; 8],
    pub prefix: &'static str,
}

impl Head {
    pub(super) fn file(name: &[u8], size: usize) -> Self {
        Head { name: name.to_vec(), flag: b'0', size, mode: "0000644", magic: b"ustar\x0000", prefix: "" }
    }
}

impl Tar {
    pub(super) fn head(mut self, head: &Head) -> Self {
        let mut block = [0_u8; 512];
        block[..head.name.len().min(100)].copy_from_slice(&head.name[..head.name.len().min(100)]);
        block[100..107].copy_from_slice(head.mode.as_bytes());
        block[108..115].copy_from_slice(b"0000000");
        block[116..123].copy_from_slice(b"0000000");
        block[124..135].copy_from_slice(format!("{:011o}", head.size).as_bytes());
        block[136..147].copy_from_slice(b"00000000000");
        block[148..156].fill(b' ');
        block[156] = head.flag;
        block[257..265].copy_from_slice(head.magic);
        block[345..345 + head.prefix.len()].copy_from_slice(head.prefix.as_bytes());
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.extend_from_slice(&block);
        self
    }

    pub(super) fn body(mut self, data: &[u8]) -> Self {
        self.0.extend_from_slice(data);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn member(self, head: &Head, data: &[u8]) -> Self {
        self.head(&Head { size: data.len(), ..head.clone() }).body(data)
    }

    pub(super) fn file(self, name: &str, data: &[u8]) -> Self {
        self.member(&Head::file(name.as_bytes(), 0), data)
    }

    pub(super) fn flagged(self, flag: u8, name: &str, data: &[u8]) -> Self {
        self.member(&Head { flag, ..Head::file(name.as_bytes(), 0) }, data)
    }

    /// A PAX header of these records, each with its right length.
    pub(super) fn pax(self, flag: u8, records: &[(&str, &[u8])]) -> Self {
        let text: Vec<u8> = records.iter().flat_map(|(key, value)| pax_record(key, value)).collect();
        self.flagged(flag, "c/PaxHeaders/x", &text)
    }

    /// Two zero blocks and any bytes after them.
    pub(super) fn end(mut self, after: &[u8]) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0.extend_from_slice(after);
        self.0
    }

    pub(super) fn pack(self) -> Vec<u8> {
        gzip(&self.end(&[]))
    }
}

pub(super) fn pax_record(key: &str, value: &[u8]) -> Vec<u8> {
    let body = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
    let mut length = body.len() + 1;
    while length.to_string().len() + body.len() != length {
        length = length.to_string().len() + body.len();
    }
    [length.to_string().as_bytes(), &body].concat()
}

/// The chart that all hostile ones are a change of.
pub(super) fn chart() -> Tar {
    Tar::default().file("c/Chart.yaml", CHART_YAML.as_bytes())
}

pub(super) const CHART_YAML: &str = "apiVersion: v2\nname: c\nversion: 1.0.0\n";

/// A chart with this Chart.yaml.
pub(super) fn named(chart_yaml: &str) -> Tar {
    Tar::default().file("c/Chart.yaml", chart_yaml.as_bytes())
}

pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    gzip_with(data, 0, &[])
}

/// A member with these flags and the optional fields that they promise.
pub(super) fn gzip_with(data: &[u8], flags: u8, fields: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255];
    packed.extend_from_slice(fields);
    let mut deflate = Compress::new(Compression::fast(), false);
    let mut body = Vec::with_capacity(data.len() / 2 + 1024);
    loop {
        let read = usize::try_from(deflate.total_in()).unwrap();
        let status = deflate.compress_vec(&data[read..], &mut body, FlushCompress::Finish).unwrap();
        if status == flate2::Status::StreamEnd {
            break;
        }
        body.reserve(body.capacity().max(1024));
    }
    packed.extend_from_slice(&body);
    let mut crc = Crc::new();
    crc.update(data);
    packed.extend_from_slice(&crc.sum().to_le_bytes());
    packed.extend_from_slice(&crc.amount().to_le_bytes());
    packed
}

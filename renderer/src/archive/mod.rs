//! A chart archive (.tgz) to a flat list of files: strict, reject first, nothing is ever unpacked to disk.

/// One regular file of a chart: path below the chart's top folder, `/` separated, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub data: Vec<u8>,
}

/// What an archive holds: the name of its one top folder and the files below it in archive order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    pub top: String,
    pub files: Vec<File>,
}

//! Why an archive is refused: one variant for each hostile shape, each with its own sentence. It decides nothing.

use thiserror::Error;

use crate::chart::Fault;
use crate::limits::{
    ARCHIVE_ENTRIES_MAX, ARCHIVE_FILE_BYTES_MAX, ARCHIVE_NESTING_DEPTH_MAX, ARCHIVE_PACKED_BYTES_MAX,
    ARCHIVE_PADDING_BYTES_MAX, ARCHIVE_PATH_BYTES_MAX, ARCHIVE_PATH_DEPTH_MAX, ARCHIVE_UNPACKED_BYTES_MAX,
    GZIP_HEADER_BYTES_MAX, PAX_HEADER_BYTES_MAX,
};

/// A chart archive that two readers could understand differently, or that is built to hurt. Sentences say what is
/// wrong, where, and what to do; paths are shown escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The bytes do not begin as gzip.
    #[error("not a gzip file: package the chart with `helm package`")]
    NotGzip,
    /// The archive as it arrived is too large (A25).
    #[error(
        "the archive has {0} bytes packed, more than {ARCHIVE_PACKED_BYTES_MAX}: remove what the chart does not need"
    )]
    PackedTooLarge(u64),
    /// A29.
    #[error(
        "the gzip header has more than {GZIP_HEADER_BYTES_MAX} bytes of names and comments: repack the chart"
    )]
    GzipHeaderTooLong,
    /// Flags that RFC 1952 reserves.
    #[error("the gzip header has reserved flags set: repack the chart with `helm package`")]
    GzipFlags,
    /// A04.
    #[error("more than one gzip member: pack the chart in one piece with `helm package`")]
    GzipMembers,
    /// A05.
    #[error("{0} bytes follow the gzip stream: upload exactly the file that `helm package` made")]
    GzipTrailing(usize),
    /// A06.
    #[error("the gzip stream ends early: upload the whole file")]
    GzipTruncated,
    /// A06, A28: bad deflate data, wrong CRC or wrong length.
    #[error("the gzip stream is damaged ({0}): upload the file again")]
    GzipDamaged(&'static str),
    /// A25.
    #[error(
        "the chart unpacks to more than {ARCHIVE_UNPACKED_BYTES_MAX} bytes, subcharts included: remove what it does not need"
    )]
    UnpackedTooLarge,
    /// A25.
    #[error("file {0:?} has more than {ARCHIVE_FILE_BYTES_MAX} bytes: remove or split it")]
    FileTooLarge(String),
    /// A26.
    #[error(
        "the chart has more than {ARCHIVE_ENTRIES_MAX} files and folders, subcharts included: remove what it does not need"
    )]
    TooManyEntries,
    /// A27.
    #[error("subcharts are packed {ARCHIVE_NESTING_DEPTH_MAX} levels deep or more: flatten the dependencies")]
    NestingTooDeep,
    /// The tar stream stops inside a member or without its end mark.
    #[error("the tar stream ends without its end mark: upload the whole file, or repack the chart")]
    TarTruncated,
    /// A07: one zero block, then more.
    #[error("a lone zero block stands inside the tar stream: repack the chart with `helm package`")]
    TarLoneZeroBlock,
    /// A07: data after the end mark.
    #[error("data follows the end of the tar archive: repack the chart with `helm package`")]
    TarTrailing,
    /// A07, A25: too many zeros after the end mark.
    #[error(
        "more than {ARCHIVE_PADDING_BYTES_MAX} zero bytes follow the end of the tar archive: repack the chart"
    )]
    TarPadding,
    /// Checksum, magic or a number field is wrong.
    #[error("a tar header is malformed ({0}): repack the chart with `helm package`")]
    TarHeader(&'static str),
    /// A19, A30: symbolic and hard links.
    #[error("{0:?} is a link: replace it by the file itself")]
    Link(String),
    /// A19: devices and pipes.
    #[error("{0:?} is a device or a pipe: a chart holds files and folders only")]
    Device(String),
    /// A16.
    #[error("{path:?} has the unknown tar type {flag:?}: repack the chart with `helm package`")]
    UnknownType { path: String, flag: char },
    /// A15.
    #[error("{0:?} is stored as a sparse file: repack the chart without sparse files")]
    Sparse(String),
    /// A17.
    #[error(
        "{0:?} has mode bits of another kind of file than its tar type: repack the chart with `helm package`"
    )]
    ModeDisagrees(String),
    /// A folder that claims to have content.
    #[error("folder {0:?} has content: repack the chart with `helm package`")]
    FolderWithContent(String),
    /// A18.
    #[error("file {0:?} has a name that ends in a slash: repack the chart with `helm package`")]
    FileNamedAsFolder(String),
    /// A01, A02.
    #[error(
        "the sizes of {path:?} disagree: {pax} in the PAX record, {header} in the header: repack the chart"
    )]
    SizesDisagree { path: String, header: u64, pax: String },
    /// A PAX or GNU long name that is not the header's name continued.
    #[error("the names of one file disagree: {long:?} and {header:?}: repack the chart with `helm package`")]
    NamesDisagree { header: String, long: String },
    /// A03.
    #[error("a PAX record is malformed ({0}): repack the chart with `helm package`")]
    PaxMalformed(&'static str),
    /// A03, A25.
    #[error("a PAX header has more than {PAX_HEADER_BYTES_MAX} bytes: repack the chart")]
    PaxTooLong,
    /// A12.
    #[error("PAX key {0:?} is given twice for one file: repack the chart")]
    PaxDuplicateKey(String),
    /// A13: also a GNU long name beside a PAX header, and either of them before nothing.
    #[error("extension headers do not belong to exactly one file: repack the chart with `helm package`")]
    ExtensionStray,
    /// A14.
    #[error("a global PAX header sets {0:?}: only comment and mtime are allowed there")]
    PaxGlobal(String),
    /// A08.
    #[error("path {0:?} has a backslash: name files with forward slashes only")]
    PathBackslash(String),
    /// A09, A20.
    #[error("path {0:?} has an empty, `.` or `..` part: repack the chart with `helm package`")]
    PathNotPlain(String),
    /// A11.
    #[error("path {0:?} is absolute: repack the chart with `helm package`")]
    PathAbsolute(String),
    /// A20: `C:/x`.
    #[error("path {0:?} names a drive: rename the file")]
    PathDrive(String),
    /// A20.
    #[error("a path has {0} bytes, more than {ARCHIVE_PATH_BYTES_MAX}: shorten it")]
    PathTooLong(usize),
    /// A20.
    #[error("path {0:?} is more than {ARCHIVE_PATH_DEPTH_MAX} folders deep: flatten it")]
    PathTooDeep(String),
    /// A24 and B06: NUL, control and bidirectional characters.
    #[error("path {0:?} has a control or invisible character: rename the file")]
    PathControl(String),
    /// A20: bytes that are not UTF-8.
    #[error("path {0:?} is not UTF-8: rename the file")]
    PathNotUtf8(String),
    /// A10: a file beside the chart's folder.
    #[error("{0:?} lies outside the chart's folder: an archive holds one folder named as the chart")]
    OutsideFolder(String),
    /// A10.
    #[error(
        "the archive has two top folders, {first:?} and {second:?}: it must hold one, named as the chart"
    )]
    SecondTopFolder { first: String, second: String },
    /// A10: the folder is not named as the chart in it.
    #[error("the top folder is {folder:?} but the chart's name is {name:?}: repack it with `helm package`")]
    FolderNotChartName { folder: String, name: String },
    /// A21.
    #[error("path {0:?} is given twice: repack the chart with `helm package`")]
    PathTwice(String),
    /// A19: one path is a file and a folder.
    #[error("path {0:?} is both a file and a folder: repack the chart with `helm package`")]
    FileAndFolder(String),
    /// A22.
    #[error("paths {first:?} and {second:?} are the same on some systems: rename one")]
    PathTwins { first: String, second: String },
    /// An archive without files.
    #[error("the archive holds no files: package the chart with `helm package`")]
    Empty,
    /// A subchart's archive is refused, for the reason inside.
    #[error("subchart archive {path:?}: {refusal}")]
    Subchart { path: String, refusal: Box<Refusal> },
    /// The archive is sound, what Chart.yaml says is not.
    #[error(transparent)]
    Chart(#[from] Fault),
}

impl Refusal {
    /// A stable name for APIs, pages and statistics: `archive/link`, `chart/name-invalid`. A subchart's is that of its reason.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        match self {
            Refusal::NotGzip => "archive/not-gzip",
            Refusal::PackedTooLarge(_) => "archive/packed-too-large",
            Refusal::GzipHeaderTooLong => "archive/gzip-header-too-long",
            Refusal::GzipFlags => "archive/gzip-flags",
            Refusal::GzipMembers => "archive/gzip-members",
            Refusal::GzipTrailing(_) => "archive/gzip-trailing",
            Refusal::GzipTruncated => "archive/gzip-truncated",
            Refusal::GzipDamaged(_) => "archive/gzip-damaged",
            Refusal::UnpackedTooLarge => "archive/unpacked-too-large",
            Refusal::FileTooLarge(_) => "archive/file-too-large",
            Refusal::TooManyEntries => "archive/too-many-entries",
            Refusal::NestingTooDeep => "archive/nesting-too-deep",
            Refusal::TarTruncated => "archive/tar-truncated",
            Refusal::TarLoneZeroBlock => "archive/tar-lone-zero-block",
            Refusal::TarTrailing => "archive/tar-trailing",
            Refusal::TarPadding => "archive/tar-padding",
            Refusal::TarHeader(_) => "archive/tar-header",
            Refusal::Link(_) => "archive/link",
            Refusal::Device(_) => "archive/device",
            Refusal::UnknownType { .. } => "archive/unknown-type",
            Refusal::Sparse(_) => "archive/sparse",
            Refusal::ModeDisagrees(_) => "archive/mode-disagrees",
            Refusal::FolderWithContent(_) => "archive/folder-with-content",
            Refusal::FileNamedAsFolder(_) => "archive/file-named-as-folder",
            Refusal::SizesDisagree { .. } => "archive/sizes-disagree",
            Refusal::NamesDisagree { .. } => "archive/names-disagree",
            Refusal::PaxMalformed(_) => "archive/pax-malformed",
            Refusal::PaxTooLong => "archive/pax-too-long",
            Refusal::PaxDuplicateKey(_) => "archive/pax-duplicate-key",
            Refusal::ExtensionStray => "archive/extension-stray",
            Refusal::PaxGlobal(_) => "archive/pax-global",
            Refusal::PathBackslash(_) => "archive/path-backslash",
            Refusal::PathNotPlain(_) => "archive/path-not-plain",
            Refusal::PathAbsolute(_) => "archive/path-absolute",
            Refusal::PathDrive(_) => "archive/path-drive",
            Refusal::PathTooLong(_) => "archive/path-too-long",
            Refusal::PathTooDeep(_) => "archive/path-too-deep",
            Refusal::PathControl(_) => "archive/path-control",
            Refusal::PathNotUtf8(_) => "archive/path-not-utf8",
            Refusal::OutsideFolder(_) => "archive/outside-folder",
            Refusal::SecondTopFolder { .. } => "archive/second-top-folder",
            Refusal::FolderNotChartName { .. } => "archive/folder-not-chart-name",
            Refusal::PathTwice(_) => "archive/path-twice",
            Refusal::FileAndFolder(_) => "archive/file-and-folder",
            Refusal::PathTwins { .. } => "archive/path-twins",
            Refusal::Empty => "archive/empty",
            Refusal::Subchart { refusal, .. } => refusal.slug(),
            Refusal::Chart(fault) => fault.slug(),
        }
    }

    /// The reason itself, without the subchart archives around it.
    #[must_use]
    pub fn innermost(&self) -> &Refusal {
        match self {
            Refusal::Subchart { refusal, .. } => refusal.innermost(),
            other => other,
        }
    }

    /// True where the answer is "too large" (HTTP 413) rather than "malformed" (422).
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(
            self.innermost(),
            Refusal::PackedTooLarge(_)
                | Refusal::UnpackedTooLarge
                | Refusal::FileTooLarge(_)
                | Refusal::TooManyEntries
        )
    }
}

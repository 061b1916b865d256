//! Every bound of the renderer as a named constant with its unit in the name. Nothing here reads configuration.

/// Whole unpacked archive, nested subchart archives included (Helm allows 100 MiB per level; ours is one shared budget).
pub const ARCHIVE_UNPACKED_BYTES_MAX: u64 = 100 * 1024 * 1024;
/// The archive as it arrives, compressed.
pub const ARCHIVE_PACKED_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// One file of an archive (Helm: pkg/chart/loader/archive).
pub const ARCHIVE_FILE_BYTES_MAX: u64 = 5 * 1024 * 1024;
/// Entries of the whole tree, directories included.
pub const ARCHIVE_ENTRIES_MAX: usize = 10_000;
/// Subcharts packed inside subcharts.
pub const ARCHIVE_NESTING_DEPTH_MAX: usize = 8;
/// One path inside an archive.
pub const ARCHIVE_PATH_BYTES_MAX: usize = 1_024;
/// Components of one path inside an archive.
pub const ARCHIVE_PATH_DEPTH_MAX: usize = 64;
/// Zero bytes that may follow the end-of-archive mark.
pub const ARCHIVE_PADDING_BYTES_MAX: u64 = 1024 * 1024;
/// Optional gzip header fields (FNAME, FEXTRA, FCOMMENT) together.
pub const GZIP_HEADER_BYTES_MAX: usize = 4 * 1024;
/// One PAX extended header.
pub const PAX_HEADER_BYTES_MAX: u64 = 64 * 1024;

/// Chart name (Kubernetes label length).
pub const CHART_NAME_BYTES_MAX: usize = 63;
/// One text field of Chart.yaml.
pub const METADATA_FIELD_BYTES_MAX: usize = 64 * 1024;

/// Nested collections in one YAML document.
pub const YAML_DEPTH_MAX: usize = 256;
/// Nodes in one YAML document after aliases are expanded.
pub const YAML_NODES_MAX: usize = 2_000_000;

/// Nested collections in one JSON text that is read (Go: 10,000, on stacks that grow).
pub const JSON_DEPTH_MAX: usize = 512;
/// Nested collections of one value that is written as YAML, JSON or TOML; a map that contains itself ends here.
pub const WRITE_DEPTH_MAX: usize = 512;

/// Evaluation steps of one render.
pub const RENDER_STEPS_MAX: u64 = 50_000_000;
/// Bytes written by one render, intermediate texts included.
pub const RENDER_OUTPUT_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Nested calls of templates (include, template, tpl).
pub const RENDER_CALL_DEPTH_MAX: usize = 400;
/// Nesting of the same named template through include (Helm: pkg/engine recursionMaxNums).
pub const INCLUDE_SAME_NAME_DEPTH_MAX: usize = 1_000;
/// Nested parentheses and blocks of one template text.
pub const PARSE_DEPTH_MAX: usize = 150;
/// One string built by a function.
pub const STRING_BYTES_MAX: usize = 64 * 1024 * 1024;
/// One list built by until, untilStep, seq.
pub const LIST_ITEMS_MAX: usize = 1_000_000;
/// Nested lists and maps that one function follows; templates can make a map hold itself.
pub const VALUE_DEPTH_MAX: usize = 500;
/// One number of the decimal arithmetic behind addf, mulf and divf.
pub const DECIMAL_BITS_MAX: u64 = 100_000;
/// One pattern of `.Files.Glob`.
pub const GLOB_CHARS_MAX: usize = 1_024;
/// Nested braces of one pattern of `.Files.Glob`.
pub const GLOB_DEPTH_MAX: usize = 16;
/// Steps of matching one pattern against one path.
pub const GLOB_STEPS_MAX: usize = 100_000;
/// Nested subschemas, references followed included, while one value is checked against a JSON Schema.
pub const SCHEMA_DEPTH_MAX: usize = 200;
/// Subschemas applied while one chart's values are checked against its JSON Schema.
pub const SCHEMA_STEPS_MAX: usize = 2_000_000;
/// One regular expression of a template.
pub const REGEX_PATTERN_BYTES_MAX: usize = 16 * 1024;
/// One regular expression, compiled.
pub const REGEX_COMPILED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Cost of bcrypt as a power of two (golang.org/x/crypto/bcrypt DefaultCost).
pub const BCRYPT_COST_LOG2: u32 = 10;
/// Password of bcrypt (golang.org/x/crypto/bcrypt).
pub const BCRYPT_PASSWORD_BYTES_MAX: usize = 72;
/// RSA key of certificates (Sprig).
pub const RSA_CERTIFICATE_KEY_BITS: u64 = 2_048;
/// RSA key of genPrivateKey (Sprig).
pub const RSA_PRIVATE_KEY_BITS: u64 = 4_096;
/// Largest RSA key that is read from a text.
pub const RSA_READ_KEY_BITS_MAX: u64 = 8_192;

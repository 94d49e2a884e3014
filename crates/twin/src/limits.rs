//! Every limit of the contract in one place.
//!
//! Other crates name these constants instead of repeating the numbers; what a deployment may configure takes
//! them as its defaults. Nothing here enforces anything: the module that reads the input does.

use std::time::Duration;

/// Longest device id, in characters (contract 4.2).
pub const DEVICE_ID_CHARS_MAX: usize = 128;
/// Longest `statusReason`, in characters (contract 4.2).
pub const STATUS_REASON_CHARS_MAX: usize = 128;

/// Largest tags section, in bytes of [`crate::value::size`] (contract 5.5).
pub const TAGS_SIZE_BYTES_MAX: usize = 8 * 1024;
/// Largest desired section, in bytes of [`crate::value::size`] (contract 5.5).
pub const DESIRED_SIZE_BYTES_MAX: usize = 32 * 1024;
/// Largest reported section, in bytes of [`crate::value::size`] (contract 5.5).
pub const REPORTED_SIZE_BYTES_MAX: usize = 32 * 1024;
/// Longest property name, in bytes of UTF-8 (contract 5.5).
pub const KEY_BYTES_MAX: usize = 1024;
/// Longest string value, in bytes of UTF-8 (contract 5.5).
pub const STRING_BYTES_MAX: usize = 4 * 1024;
/// Most objects nested below a section (contract 5.5).
pub const DEPTH_MAX: usize = 10;
/// Smallest integer a property may hold: -2^52 (contract 5.3).
pub const INTEGER_MIN: i64 = -4_503_599_627_370_496;
/// Largest integer a property may hold: 2^52 - 1 (contract 5.3).
pub const INTEGER_MAX: i64 = 4_503_599_627_370_495;

/// Largest message from a device: body plus property names and values, in bytes (contract 2.2).
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Largest direct method request or response payload, in bytes (contract 4.5).
pub const METHOD_PAYLOAD_BYTES_MAX: usize = 128 * 1024;
/// Shortest `responseTimeoutInSeconds` (contract 4.5).
pub const METHOD_RESPONSE_TIMEOUT_MIN: Duration = Duration::from_secs(5);
/// Longest `responseTimeoutInSeconds` (contract 4.5).
pub const METHOD_RESPONSE_TIMEOUT_MAX: Duration = Duration::from_mins(5);
/// `responseTimeoutInSeconds` when the caller gives none (contract 4.5).
pub const METHOD_RESPONSE_TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// Longest `connectTimeoutInSeconds`; the shortest and the default are zero (contract 4.5).
pub const METHOD_CONNECT_TIMEOUT_MAX: Duration = Duration::from_mins(5);

/// Longest query text, in characters (contract 4.4).
pub const QUERY_CHARS_MAX: usize = 8192;
/// Largest, and default, page of a service query, in rows (contract 4.4).
pub const QUERY_PAGE_ROWS_MAX: usize = 100;
/// Most devices that one registry list returns (contract 4.2).
pub const DEVICE_LIST_ROWS_MAX: usize = 1000;
/// Most devices in one bulk registry call (contract 4.2).
pub const BULK_DEVICES_MAX: usize = 100;

/// Longest keep-alive that the server honors, and what it takes a keep-alive of zero for (contract 1.7).
pub const KEEP_ALIVE_MAX: Duration = Duration::from_secs(1767);
/// How far a client's clock may be behind ours when its token is judged (contract 1.1).
pub const CLOCK_DRIFT_MAX: Duration = Duration::from_mins(5);

/// Most paths that [`crate::scheme::infer`] keeps.
pub const INFERRED_PATHS_MAX: usize = 2000;

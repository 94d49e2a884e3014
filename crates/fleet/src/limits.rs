//! Every bound of this crate in one place, with the number it has unless configured.
//!
//! The limits of the contract itself (sizes of twins, lengths of ids) are `twin::limits`.

use std::time::Duration;

use store::{Keep, Retention};

/// How much of everything.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Rows in one page of a service query (contract section 4.4).
    pub service_page_rows_max: usize,
    /// Rows in one page of the console.
    pub console_page_rows_max: usize,
    /// How long a retired device may be restored: its sealed keys are kept as long, and no longer.
    pub restore_grace: Duration,
    /// Devices retired in one call.
    pub retire_rows_max: usize,
    /// Length of a query's text, in characters (contract section 4.4).
    pub query_chars_max: usize,
    /// Rows of a grouped answer.
    pub group_rows_max: usize,
    /// How long a page waits for columns that are being rebuilt before it says how far they are.
    pub console_columns_wait: Duration,
    /// How long a service query waits for them before it is asked to come again: less than clients wait for
    /// an answer.
    pub service_columns_wait: Duration,
    /// Documents read at once by a scan.
    pub scan_batch_rows: usize,
    /// Questions that read documents at once; further ones wait.
    pub scans_max: usize,
    /// Lists that are taken as files at once; further ones are refused.
    pub exports_max: usize,
    /// How long a question goes on that nobody waits for: between this and twice as long.
    pub question_kept: Duration,
    /// Rows read at once while columns are rebuilt.
    pub rebuild_batch_rows: usize,
    /// Properties that can be declared: each costs memory for every device.
    pub declared_properties_max: usize,
    /// Devices listed in one call (contract section 4.2).
    pub list_rows_max: usize,
    /// Devices of one bulk call (contract section 4.2).
    pub bulk_rows_max: usize,
    /// Devices created in one transaction by `create_many`.
    pub create_batch_rows: usize,
    /// Credentials kept in memory.
    pub credentials_max: usize,
    /// Method calls under way at once.
    pub methods_in_flight_max: usize,
    /// Hints kept on the live bus.
    pub live_hints_max: usize,
    /// Least time between two messages of one feed.
    pub live_interval: Duration,
    /// Least time between two computations of the overview, and between two messages that announce it.
    pub overview_interval: Duration,
    /// Squares of the field of squares.
    pub overview_cells_max: usize,
    /// Time between two samples of the fleet's figures.
    pub figures_interval: Duration,
    /// Least time between two looks of the checks at what is around the devices, and between two rounds that keep
    /// since when checks hold.
    pub checks_interval: Duration,
    /// A check that stops to hold for less than this goes on as the same, and stays taken.
    pub check_settle: Duration,
    /// A device that may connect needs a person when it was not heard of for this long.
    pub check_silent_after: Duration,
    /// A device needs a person when it differs from what was asked for this long.
    pub check_drifting_after: Duration,
    /// A device that was not let in needs a person for this long after its last try.
    pub check_not_admitted_for: Duration,
    /// The hub's certificate needs a person when it is valid for less than this.
    pub check_certificate_left_min: Duration,
    /// The database needs a person when fewer bytes are free on its volume.
    pub check_free_bytes_min: u64,
    /// Time between two writes of last activity.
    pub activity_interval: Duration,
    /// Time between two rounds of pruning history, events, messages, figures and the audit log.
    pub retention_interval: Duration,
    /// How old the schema that completion uses may be while somebody asks for it.
    pub schema_interval: Duration,
    /// Documents read for the schema.
    pub schema_sample_rows: usize,
    /// Values offered per property.
    pub schema_values_max: usize,
    /// Devices that are simulated at once, at a person's wish. Full: a further one is refused.
    pub simulations_max: usize,
    /// How long a device is simulated.
    pub simulation_for: Duration,
    /// A session ends when unused for this long.
    pub session_idle: Duration,
    /// A session ends at this age, used or not.
    pub session_absolute: Duration,
    /// Wrong passwords for one name before it has to wait.
    pub sign_in_tries_per_name: u32,
    /// Wrong passwords from one address before it has to wait.
    pub sign_in_tries_per_address: u32,
    /// First wait; it doubles with every further failure.
    pub sign_in_wait: Duration,
    /// Longest wait.
    pub sign_in_wait_max: Duration,
    /// Names, and addresses, whose failures are remembered.
    pub sign_in_remembered_max: usize,
    /// Password computations at once.
    pub password_workers: usize,
    /// Sign-ins that may wait for a password worker.
    pub password_waiting_max: usize,
    /// How long the calls of a job that was under way wait after a start for devices to come back.
    pub jobs_reconnect_wait: Duration,
    /// How long a job that has ended is kept, with the outcome of each device.
    pub jobs_age_max: Duration,
    /// What is kept, and for how long.
    pub retention: Retention,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            service_page_rows_max: twin::limits::QUERY_PAGE_ROWS_MAX,
            console_page_rows_max: 200,
            restore_grace: Duration::from_hours(30 * 24),
            retire_rows_max: 200,
            query_chars_max: twin::limits::QUERY_CHARS_MAX,
            group_rows_max: 50_000,
            console_columns_wait: Duration::from_millis(100),
            service_columns_wait: Duration::from_secs(10),
            scan_batch_rows: 1_000,
            scans_max: 4,
            exports_max: 4,
            question_kept: Duration::from_secs(5),
            rebuild_batch_rows: 4_000,
            declared_properties_max: 200,
            list_rows_max: twin::limits::DEVICE_LIST_ROWS_MAX,
            bulk_rows_max: twin::limits::BULK_DEVICES_MAX,
            create_batch_rows: 1_000,
            credentials_max: 16_384,
            methods_in_flight_max: 4_096,
            live_hints_max: 65_536,
            live_interval: Duration::from_millis(250),
            overview_interval: Duration::from_secs(1),
            overview_cells_max: 1_024,
            figures_interval: Duration::from_secs(10),
            checks_interval: Duration::from_secs(10),
            check_settle: Duration::from_mins(5),
            check_silent_after: Duration::from_hours(24),
            check_drifting_after: Duration::from_hours(4),
            check_not_admitted_for: Duration::from_hours(1),
            check_certificate_left_min: Duration::from_hours(14 * 24),
            check_free_bytes_min: 1_000_000_000,
            activity_interval: Duration::from_secs(10),
            retention_interval: Duration::from_mins(5),
            schema_interval: Duration::from_secs(10),
            schema_sample_rows: 500,
            schema_values_max: 20,
            simulations_max: 10,
            simulation_for: Duration::from_mins(10),
            session_idle: Duration::from_hours(12),
            session_absolute: Duration::from_hours(7 * 24),
            sign_in_tries_per_name: 5,
            sign_in_tries_per_address: 20,
            sign_in_wait: Duration::from_secs(10),
            sign_in_wait_max: Duration::from_mins(15),
            sign_in_remembered_max: 4_096,
            password_workers: 2,
            password_waiting_max: 32,
            jobs_reconnect_wait: Duration::from_secs(30),
            jobs_age_max: Duration::from_hours(90 * 24),
            retention: Retention {
                history: keep(5_000_000, 30),
                events: keep(2_000_000, 30),
                messages: keep(5_000_000, 1),
                audit: keep(1_000_000, 366),
                batch_rows_max: 5_000,
            },
        }
    }
}

const fn keep(rows_max: u64, days: u64) -> Keep {
    Keep {
        rows_max,
        age_max: Duration::from_hours(days * 24),
    }
}

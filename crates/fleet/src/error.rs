//! How the fleet's services refuse or fail: one set that every door maps to its own words.
//!
//! What a caller can do about it differs per variant; where it happened does not matter here.
//! Methods, queries and sign-in have more to say and have errors of their own.

use store::Refused;
use twin::document::TwinError;
use twin::id::DeviceId;

use crate::access::Denied;
use crate::monitor::QueryError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing. The caller looks for another name.
    #[error("{what} '{name}' does not exist.")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The name is taken. The caller chooses another, or changes what is there.
    #[error("{what} '{name}' exists already.")]
    Exists {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Somebody else changed it since the caller looked. The caller looks again.
    #[error("It was changed since it was read: the etag does not match.")]
    PreconditionFailed,
    /// The request breaks a rule; the sentence says which. The caller fixes the request.
    #[error("{0}")]
    Invalid(String),
    /// The change breaks a rule of twins. The caller fixes the change.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// The caller may not. The refusal says who may.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Too much is under way. The caller tries again later.
    #[error("The service is busy.")]
    Busy,
    /// The store failed. A person must look at the log.
    #[error("The service is unavailable.")]
    Unavailable(#[source] store::Error),
}

impl Error {
    /// A device that is not registered.
    pub fn no_device(id: &DeviceId) -> Self {
        Self::NotFound {
            what: "Device",
            name: id.as_str().to_owned(),
        }
    }

    /// A request that breaks a rule.
    pub(crate) fn invalid(sentence: &str) -> Self {
        Self::Invalid(sentence.to_owned())
    }

    /// What a refused write of a device means to the caller.
    pub(crate) fn refused(id: &DeviceId, refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::no_device(id),
            Refused::Exists => Self::Exists {
                what: "Device",
                name: id.as_str().to_owned(),
            },
            // Steps of jobs are no caller's own.
            Refused::PreconditionFailed | Refused::Settled => Self::PreconditionFailed,
            Refused::Corrupt { table, column, key } => {
                Self::Unavailable(store::Error::Corrupt { table, column, key })
            }
            Refused::Twin(error) => Self::Twin(error),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Self::Busy,
            error => Self::Unavailable(error),
        }
    }
}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Denied(denied) => Self::Denied(denied),
            QueryError::Busy | QueryError::Building(_) | QueryError::Cancelled => Self::Busy,
            QueryError::Unavailable(error) => Self::Unavailable(error),
            QueryError::Problems { .. }
            | QueryError::TooLong { .. }
            | QueryError::Empty
            | QueryError::Continuation
            | QueryError::TooManyGroups { .. } => Self::Invalid(error.to_string()),
        }
    }
}

//! Every refusal as a code of the contract's catalogue (sections 1.3, 2.5 and 4.1).
//!
//! One exhaustive match for each kind of refusal, so that a new one does not compile until it has a code. What the code
//! becomes on the wire (CONNACK, twin response, HTTP) is the catalogue's business.

use fleet::MethodError;
use fleet::access::Denied;
use fleet::monitor::{self, QueryError};
use wire::status::ErrorCode;

use crate::authenticate::Denial;

/// A client that was not let in.
pub(crate) fn of_denial(denial: &Denial) -> ErrorCode {
    match denial {
        Denial::Malformed(_) => ErrorCode::ArgumentInvalid,
        Denial::Missing
        | Denial::WrongHost
        | Denial::Token(_)
        | Denial::UnknownPolicy
        | Denial::UnknownDevice
        | Denial::WrongCertificate
        | Denial::WrongKind => ErrorCode::IotHubUnauthorized,
        Denial::Disabled => ErrorCode::DeviceDisabled,
        Denial::NotPermitted(_) => ErrorCode::IotHubUnauthorizedAccess,
        Denial::Fleet(error) => of_request(error),
    }
}

/// An event of a device that was not taken.
pub(crate) fn of_event(refused: &monitor::Refused) -> ErrorCode {
    match refused {
        monitor::Refused::NotFound => ErrorCode::DeviceNotFound,
        monitor::Refused::Twin(error) => ErrorCode::from(error),
        monitor::Refused::Unavailable => ErrorCode::ServiceUnavailable,
    }
}

/// A request of a service client that was not carried out.
pub(crate) fn of_request(error: &fleet::Error) -> ErrorCode {
    match error {
        fleet::Error::NotFound { what: "Device", .. } => ErrorCode::DeviceNotFound,
        fleet::Error::NotFound { .. } => ErrorCode::GenericNotFound,
        fleet::Error::Exists { what: "Device", .. } => ErrorCode::DeviceAlreadyExists,
        fleet::Error::Exists { .. } => ErrorCode::GenericConflict,
        fleet::Error::PreconditionFailed => ErrorCode::PreconditionFailed,
        fleet::Error::Invalid(_) => ErrorCode::ArgumentInvalid,
        fleet::Error::Twin(error) => ErrorCode::from(error),
        fleet::Error::Denied(denied) => of_denied(denied),
        fleet::Error::Busy => ErrorCode::ThrottlingException,
        fleet::Error::Unavailable(_) => ErrorCode::ServiceUnavailable,
    }
}

/// A direct method that has no answer.
pub(crate) fn of_method(error: &MethodError) -> ErrorCode {
    match error {
        MethodError::NotFound => ErrorCode::DeviceNotFound,
        MethodError::Invalid(_) => ErrorCode::ArgumentInvalid,
        MethodError::TooLarge { .. } => ErrorCode::MessageTooLarge,
        MethodError::Denied(denied) => of_denied(denied),
        MethodError::NotOnline { .. } => ErrorCode::DeviceNotOnline,
        MethodError::Disconnected => ErrorCode::DeviceConnectionClosedRemotely,
        MethodError::NoAnswer => ErrorCode::GatewayTimeout,
        MethodError::BadResponse(_) => ErrorCode::BadDeviceResponse,
        MethodError::Busy => ErrorCode::ThrottlingException,
        MethodError::Unavailable => ErrorCode::ServiceUnavailable,
    }
}

/// A query that has no answer.
pub(crate) fn of_query(error: &QueryError) -> ErrorCode {
    match error {
        QueryError::Problems { .. }
        | QueryError::TooLong { .. }
        | QueryError::TooManyGroups { .. }
        | QueryError::Continuation => ErrorCode::ArgumentInvalid,
        QueryError::Empty => ErrorCode::ArgumentNull,
        QueryError::Denied(denied) => of_denied(denied),
        QueryError::Busy => ErrorCode::ThrottlingException,
        QueryError::Building(_) | QueryError::Cancelled | QueryError::Unavailable(_) => {
            ErrorCode::ServiceUnavailable
        }
    }
}

/// A policy without the permission (contract section 1.3).
fn of_denied(_denied: &Denied) -> ErrorCode {
    ErrorCode::IotHubUnauthorizedAccess
}

#[cfg(test)]
mod tests;

use std::time::Duration;

use fleet::access::{Action, Permission, Who};
use twin::document::{SectionName, TwinError};
use wire::sas::SasError;

use super::*;

#[test]
fn a_connect_is_refused_with_the_code_of_the_contract() {
    let denied = Denied {
        action: Action::ConnectAsDevice,
        who: Who::Policy("service".to_owned()),
        roles: &[],
        permission: Some(Permission::DeviceConnect),
    };
    for (denial, connack, http) in [
        (
            Denial::Malformed("the client id is not the one in the user name".to_owned()),
            2,
            400,
        ),
        (Denial::Missing, 5, 401),
        (Denial::WrongHost, 5, 401),
        (Denial::Token(SasError::Signature), 5, 401),
        (Denial::Token(SasError::Resource), 5, 401),
        (Denial::UnknownPolicy, 5, 401),
        (Denial::UnknownDevice, 5, 401),
        (Denial::WrongCertificate, 5, 401),
        (Denial::WrongKind, 5, 401),
        (Denial::NotPermitted(denied), 5, 401),
        (Denial::Disabled, 5, 403),
        (Denial::Fleet(fleet::Error::Busy), 3, 429),
        (
            Denial::Fleet(fleet::Error::Unavailable(store::Error::Busy)),
            3,
            503,
        ),
    ] {
        let code = of_denial(&denial);
        assert_eq!(
            (code.connack(), code.http_status()),
            (connack, http),
            "{denial}"
        );
    }
}

#[test]
fn a_method_without_answer_has_the_status_of_the_contract() {
    for (error, number) in [
        (MethodError::NotFound, 404_001),
        (
            MethodError::NotOnline {
                waited: Duration::ZERO,
            },
            404_103,
        ),
        (MethodError::Disconnected, 404_104),
        (MethodError::NoAnswer, 504_101),
        (MethodError::BadResponse("no JSON".to_owned()), 502_001),
        (
            MethodError::Invalid("responseTimeoutInSeconds must be within [5; 300].".to_owned()),
            400_004,
        ),
        (MethodError::TooLarge { size: 2, max: 1 }, 413_001),
        (MethodError::Busy, 429_001),
        (MethodError::Unavailable, 503_001),
    ] {
        assert_eq!(of_method(&error).number(), number, "{error}");
    }
}

#[test]
fn a_refused_report_has_the_status_of_the_contract() {
    let too_large = TwinError::TooLarge {
        section: SectionName::Reported,
        size_bytes: 2,
        limit_bytes: 1,
    };
    for (refused, number) in [
        (monitor::Refused::NotFound, 404_001),
        (monitor::Refused::Twin(too_large), 400_004),
        (
            monitor::Refused::Twin(TwinError::VersionConflict {
                expected: 1,
                found: 2,
            }),
            412_001,
        ),
        (monitor::Refused::Unavailable, 503_001),
    ] {
        assert_eq!(of_event(&refused).number(), number, "{refused}");
    }
}

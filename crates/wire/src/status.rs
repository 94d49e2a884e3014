//! The error catalogue: each code's number, name and HTTP status (contract 4.1), and its CONNACK (1.3).
//!
//! ```
//! use wire::status::ErrorCode;
//!
//! let code = ErrorCode::DeviceNotFound;
//! assert_eq!((code.number(), code.name(), code.http_status()), (404_001, "DeviceNotFound", 404));
//! assert_eq!(ErrorCode::from_number(404_001), Some(code));
//! ```
//!
//! It names what can be answered, not when: each surface maps its own errors to a code in one exhaustive match.

use std::fmt;

use twin::document::TwinError;

/// Writes the enum and its table from one list.
macro_rules! catalogue {
    ($($number:literal $name:ident $doc:literal)*) => {
        /// A code of the catalogue; its name is the `iothub-errorcode` header and the code in error bodies.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $(#[doc = $doc] $name,)*
        }

        impl ErrorCode {
            /// All codes, by number.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The six-digit number.
            pub const fn number(self) -> u32 {
                match self {
                    $(Self::$name => $number,)*
                }
            }

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

catalogue! {
    400_000 GenericBadRequest "The request is wrong in a way that has no code of its own."
    400_001 InvalidProtocolVersion "The `api-version` is missing."
    400_003 InvalidOperation "The operation does not apply here."
    400_004 ArgumentInvalid "A value is not allowed."
    400_005 ArgumentNull "A value is missing."
    400_006 IotHubFormatError "The body cannot be read."
    400_009 ImportWarningExistsError "The device to import exists."
    400_010 InvalidSchemaVersion "The schema version is unknown."
    400_011 DeviceDefinedMultipleTimes "A bulk request names a device twice."
    400_012 DeserializationError "The body has another shape."
    400_013 BulkRegistryOperationFailure "Some of a bulk request failed."
    400_015 InvalidFileUploadCorrelationId "The upload is unknown."
    400_016 ExpiredFileUploadCorrelationId "The upload took too long."
    400_023 EtagDoesNotMatch "A bulk request's etag is stale."
    400_027 ConnectionForcefullyClosedOnNewConnection "Another connection with the same identity took over."
    400_028 InvalidDeviceScope "The device scope is unknown."
    400_301 CannotRegisterModuleToModule "A module cannot have modules."
    400_401 InvalidConfigurationTargetCondition "The target condition cannot be read."
    400_402 InvalidConfigurationContent "The content of a configuration is wrong."
    400_403 CannotModifyImmutableConfigurationContent "The content of a configuration cannot change."
    400_404 InvalidConfigurationCustomMetricsQuery "A metric's query cannot be read."
    401_000 GenericUnauthorized "The caller is not known."
    401_001 IotHubNotFound "The hub is not known."
    401_002 IotHubUnauthorizedAccess "The policy does not permit this."
    401_003 IotHubUnauthorized "The credentials are missing or wrong."
    401_100 SystemModuleModifyUnauthorizedAccess "A system module cannot be changed."
    403_000 GenericForbidden "The caller may not do this."
    403_001 IotHubSuspended "The hub is suspended."
    403_002 IotHubQuotaExceeded "A quota of the hub is used up."
    403_003 JobQuotaExceeded "Too many jobs."
    403_004 DeviceMaximumQueueDepthExceeded "Too many messages wait for the device."
    403_006 DeviceMaximumActiveFileUploadLimitExceeded "Too many uploads of the device are open."
    403_009 InvalidMessageExpiryTime "The message's expiry is wrong."
    403_010 OperationNotAvailableInCurrentTier "The hub does not offer this."
    403_012 DeviceDisabled "The device is disabled."
    403_800 DeviceMaximumInflightMethodExceeded "Too many methods wait for the device."
    404_000 GenericNotFound "There is no such thing."
    404_001 DeviceNotFound "There is no such device."
    404_002 JobNotFound "There is no such job."
    404_006 AmqpAddressNotFound "There is no such address."
    404_010 ModuleNotFound "There is no such module."
    404_103 DeviceNotOnline "The device is not connected or takes no methods."
    404_104 DeviceConnectionClosedRemotely "The device disconnected while it was waited for."
    404_301 ConfigurationNotFound "There is no such configuration."
    404_302 GroupNotFound "There is no such group."
    405_102 OperationNotAllowedInCurrentState "The operation does not apply now."
    409_000 GenericConflict "Something is in the way."
    409_001 DeviceAlreadyExists "The device exists."
    409_002 LinkCreationConflict "The link exists."
    409_102 DeviceLocked "The device is being changed."
    409_103 DeviceJobAlreadyExists "The device has such a job."
    409_104 JobAlreadyExists "The job exists."
    409_301 ModuleAlreadyExistsOnDevice "The module exists."
    409_401 ConfigurationAlreadyExists "The configuration exists."
    409_402 ApplyConfigurationAlreadyInProgressOnDevice "A configuration is being applied."
    412_001 PreconditionFailed "An etag or a version is stale."
    412_002 DeviceMessageLockLost "The message's lock is lost."
    412_003 JobRunPreconditionFailed "The job cannot run now."
    413_001 MessageTooLarge "The message or the payload is too large."
    413_002 TooManyDevices "Too many devices in one request."
    413_003 TooManyModulesOnDevice "Too many modules on the device."
    413_101 ConfigurationCountLimitExceeded "Too many configurations."
    429_000 GenericTooManyRequests "Too many requests."
    429_001 ThrottlingException "The request is throttled."
    429_002 ThrottleBacklogLimitExceeded "Too many throttled requests wait."
    429_003 ThrottlingBacklogTimeout "The request waited too long."
    429_004 ThrottlingMaxActiveJobCountExceeded "Too many jobs run."
    429_005 DeviceThrottlingLimitExceeded "The device is throttled."
    500_001 ServerError "The server failed."
    500_008 GenericTimeout "The server took too long."
    502_000 GenericBadGateway "What is behind the server failed."
    502_001 BadDeviceResponse "The device's answer cannot be read."
    503_001 ServiceUnavailable "The server is not ready."
    503_005 ServerBusy "The server is busy."
    504_000 GenericGatewayTimeout "What is behind the server took too long."
    504_101 GatewayTimeout "The device did not answer in time."
}

impl ErrorCode {
    /// The HTTP status: the first three digits of the number.
    pub const fn http_status(self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "numbers have six digits")]
        let status = (self.number() / 1_000) as u16;
        status
    }

    /// The code with that number; `None` when the catalogue has none.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.number() == number)
    }

    /// The code of that name; `None` when the catalogue has none.
    ///
    /// ```
    /// # use wire::status::ErrorCode;
    /// assert_eq!(ErrorCode::from_name("ServerBusy"), Some(ErrorCode::ServerBusy));
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The return code of a CONNACK that refuses for this reason (contract 1.3): 2 identifier, 3 unavailable, 5 not authorized.
    ///
    /// ```
    /// # use wire::status::ErrorCode;
    /// assert_eq!(ErrorCode::DeviceDisabled.connack(), 5);
    /// assert_eq!(ErrorCode::ThrottlingException.connack(), 3);
    /// ```
    pub const fn connack(self) -> u8 {
        match self.http_status() {
            400 => 2,
            401 | 403 | 404 => 5,
            _ => 3,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<&TwinError> for ErrorCode {
    /// The code of a refused twin change (contract 2.6, 5.5).
    fn from(error: &TwinError) -> Self {
        match error {
            TwinError::NotAnObject { .. } | TwinError::Value(_) | TwinError::TooLarge { .. } => {
                Self::ArgumentInvalid
            }
            TwinError::VersionConflict { .. } => Self::PreconditionFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_in_order_and_without_doubles() {
        assert!(ErrorCode::ALL.is_sorted_by(|a, b| a.number() < b.number()));
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_number(code.number()), Some(*code));
            assert_eq!(ErrorCode::from_name(code.name()), Some(*code));
            assert!((400..=504).contains(&code.http_status()), "{code}");
        }
    }
}

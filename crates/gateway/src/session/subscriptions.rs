//! What a device wants to hear. The contract knows a handful of filters, so a device's subscriptions fit into a few
//! bits; that is also how they are stored across connections and restarts.

use rmqtt_codec::types::QoS;
use twin::id::DeviceId;
use wire::topic::Filter;

/// What a device can subscribe to: the filters of the contract (section 2.1) without the device's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `devices/{d}/messages/devicebound/#`
    Commands,
    /// `$iothub/methods/POST/#`
    Methods,
    /// `$iothub/twin/res/#`
    TwinResponses,
    /// `$iothub/twin/PATCH/properties/desired/#`
    Desired,
}

/// The filters a device has subscribed to, with their granted quality of service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Subscriptions(u32);

impl Subject {
    /// What a filter asks for, when `device` may have it.
    pub(crate) fn parse(filter: &str, device: &DeviceId) -> Option<Self> {
        match Filter::parse(filter)? {
            Filter::Messages { device_id } if device_id == device.as_str() => Some(Self::Commands),
            Filter::Methods => Some(Self::Methods),
            Filter::TwinResponses => Some(Self::TwinResponses),
            Filter::Desired => Some(Self::Desired),
            Filter::Messages { .. } | Filter::ModuleInputs { .. } => None,
        }
    }
}

impl Subscriptions {
    /// The stored form of [`bits`](Self::bits); bits of filters that are not known (any more) are dropped.
    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits & 0xff)
    }

    /// Two bits a filter: 0 not subscribed, 1 at QoS 0, 2 at QoS 1.
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    /// Whether the filter is subscribed, and whether its messages must be acknowledged.
    pub(crate) fn granted(self, subject: Subject) -> Option<QoS> {
        match self.0 >> shift(subject) & 0b11 {
            1 => Some(QoS::AtMostOnce),
            2 => Some(QoS::AtLeastOnce),
            _ => None,
        }
    }

    pub(crate) fn has(self, subject: Subject) -> bool {
        self.granted(subject).is_some()
    }

    /// Subscribes at the asked quality of service, at most 1; returns what is granted.
    pub(crate) fn grant(&mut self, subject: Subject, asked: QoS) -> QoS {
        let granted = asked.less_value(QoS::AtLeastOnce);
        self.revoke(subject);
        self.0 |= (u32::from(granted.value()) + 1) << shift(subject);
        granted
    }

    pub(crate) fn revoke(&mut self, subject: Subject) {
        self.0 &= !(0b11 << shift(subject));
    }
}

fn shift(subject: Subject) -> u32 {
    match subject {
        Subject::Commands => 0,
        Subject::Methods => 2,
        Subject::TwinResponses => 4,
        Subject::Desired => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Subject; 4] = [
        Subject::Commands,
        Subject::Methods,
        Subject::TwinResponses,
        Subject::Desired,
    ];

    #[test]
    fn every_filter_is_granted_apart_and_survives_storage() {
        for subject in ALL {
            let mut subscriptions = Subscriptions::default();
            assert_eq!(
                subscriptions.grant(subject, QoS::ExactlyOnce),
                QoS::AtLeastOnce
            );
            let stored = Subscriptions::from_bits(subscriptions.bits());
            for other in ALL {
                assert_eq!(stored.has(other), other == subject);
            }
            assert_eq!(
                subscriptions.grant(subject, QoS::AtMostOnce),
                QoS::AtMostOnce
            );
            assert_eq!(subscriptions.granted(subject), Some(QoS::AtMostOnce));
            subscriptions.revoke(subject);
            assert_eq!(subscriptions, Subscriptions::default());
        }
    }

    #[test]
    fn only_the_filters_of_the_contract_and_of_the_device_itself_are_known() {
        let device = DeviceId::parse("d1").unwrap();
        let known = |filter| Subject::parse(filter, &device);
        assert_eq!(
            known("devices/d1/messages/devicebound/#"),
            Some(Subject::Commands)
        );
        assert_eq!(known("$iothub/methods/POST/#"), Some(Subject::Methods));
        assert_eq!(known("devices/d2/messages/devicebound/#"), None);
        assert_eq!(known("devices/d1/modules/m/inputs/#"), None);
        assert_eq!(known("#"), None);
    }

    #[test]
    fn unknown_bits_are_dropped() {
        assert_eq!(
            Subscriptions::from_bits(0xffff_ff00),
            Subscriptions::default()
        );
    }
}

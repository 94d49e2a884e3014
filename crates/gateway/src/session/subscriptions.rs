//! What a device wants to hear. The contract knows a handful of filters, so a device's subscriptions fit into a few
//! bits; that is also how they are stored across connections and restarts.

use rmqtt_codec::types::QoS;

/// A filter that the hub grants, for the connected device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
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
    pub(crate) fn granted(self, filter: Filter) -> Option<QoS> {
        match self.0 >> shift(filter) & 0b11 {
            1 => Some(QoS::AtMostOnce),
            2 => Some(QoS::AtLeastOnce),
            _ => None,
        }
    }

    pub(crate) fn has(self, filter: Filter) -> bool {
        self.granted(filter).is_some()
    }

    /// Subscribes at the asked quality of service, at most 1; returns what is granted.
    pub(crate) fn grant(&mut self, filter: Filter, asked: QoS) -> QoS {
        let granted = asked.less_value(QoS::AtLeastOnce);
        self.revoke(filter);
        self.0 |= (u32::from(granted.value()) + 1) << shift(filter);
        granted
    }

    pub(crate) fn revoke(&mut self, filter: Filter) {
        self.0 &= !(0b11 << shift(filter));
    }
}

fn shift(filter: Filter) -> u32 {
    match filter {
        Filter::Commands => 0,
        Filter::Methods => 2,
        Filter::TwinResponses => 4,
        Filter::Desired => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Filter; 4] = [Filter::Commands, Filter::Methods, Filter::TwinResponses, Filter::Desired];

    #[test]
    fn every_filter_is_granted_apart_and_survives_storage() {
        for filter in ALL {
            let mut subscriptions = Subscriptions::default();
            assert_eq!(subscriptions.grant(filter, QoS::ExactlyOnce), QoS::AtLeastOnce);
            let stored = Subscriptions::from_bits(subscriptions.bits());
            for other in ALL {
                assert_eq!(stored.has(other), other == filter);
            }
            assert_eq!(subscriptions.grant(filter, QoS::AtMostOnce), QoS::AtMostOnce);
            assert_eq!(subscriptions.granted(filter), Some(QoS::AtMostOnce));
            subscriptions.revoke(filter);
            assert_eq!(subscriptions, Subscriptions::default());
        }
    }

    #[test]
    fn unknown_bits_are_dropped() {
        assert_eq!(Subscriptions::from_bits(0xffff_ff00), Subscriptions::default());
    }
}

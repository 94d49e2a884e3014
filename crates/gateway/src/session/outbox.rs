//! Messages from the hub to one device, in order, at QoS 1 until the device has acknowledged them.
//!
//! At most a window of messages is under way; the rest waits, bounded. What is not acknowledged when the connection
//! ends is [parked](Outbox::park) and sent again, marked as a duplicate, on the next connection of the same session
//! (contract section 2.3).

use std::collections::VecDeque;
use std::num::NonZeroU16;

use bytes::Bytes;
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::Packet;

/// Messages on their way to one device.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// Sent and not acknowledged, oldest first.
    under_way: VecDeque<Sent>,
    /// Not sent yet, oldest first.
    waiting: VecDeque<Message>,
    last_id: u16,
    window: usize,
    waiting_max: usize,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Bytes,
    /// Whether the device must acknowledge it; what need not be acknowledged keeps its place in the order all the same.
    pub(crate) is_acknowledged: bool,
}

impl Message {
    /// What it costs to keep, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.topic.len() + self.payload.len()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    packet_id: NonZeroU16,
    message: Message,
}

/// What a session leaves behind for its next connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parked {
    under_way: VecDeque<Sent>,
    waiting: VecDeque<Message>,
}

impl Parked {
    pub(crate) fn is_empty(&self) -> bool {
        self.under_way.is_empty() && self.waiting.is_empty()
    }

    /// What it costs to keep, in bytes.
    pub(crate) fn size(&self) -> usize {
        let under_way = self.under_way.iter().map(|sent| &sent.message);
        under_way.chain(&self.waiting).map(Message::size).sum()
    }
}

/// The device does not keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

impl Outbox {
    /// Continues where an earlier connection stopped; its unacknowledged messages go out again by [`resend`](Self::resend).
    pub(crate) fn new(parked: Parked, window: usize, waiting_max: usize) -> Self {
        let last_id = parked
            .under_way
            .back()
            .map_or(0, |sent| sent.packet_id.get());
        Self {
            under_way: parked.under_way,
            waiting: parked.waiting,
            last_id,
            window,
            waiting_max,
        }
    }

    /// Puts a message at the end.
    pub(crate) fn push(&mut self, message: Message) -> Result<(), Full> {
        if self.waiting.len() >= self.waiting_max {
            return Err(Full);
        }
        self.waiting.push_back(message);
        Ok(())
    }

    /// The packets that an earlier connection left unacknowledged, in order, as duplicates.
    pub(crate) fn resend(&self) -> impl Iterator<Item = Packet> + '_ {
        self.under_way
            .iter()
            .map(|sent| packet(&sent.message, Some(sent.packet_id), true))
    }

    /// The next message as a packet, when there is one and the window has room for it.
    pub(crate) fn next(&mut self) -> Option<Packet> {
        if self.waiting.front()?.is_acknowledged && self.under_way.len() >= self.window {
            return None;
        }
        let message = self.waiting.pop_front()?;
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        if !message.is_acknowledged {
            return Some(packet(&message, None, false));
        }
        let packet_id = self.free_id();
        let packet = packet(&message, Some(packet_id), false);
        self.under_way.push_back(Sent { packet_id, message });
        Some(packet)
    }

    /// The device has acknowledged a packet; an id that is not under way is ignored (a duplicate acknowledgment).
    pub(crate) fn acknowledge(&mut self, packet_id: NonZeroU16) {
        self.under_way.retain(|sent| sent.packet_id != packet_id);
        if self.under_way.is_empty() {
            self.under_way = VecDeque::new();
        }
    }

    /// What the next connection has to send: everything that needs an acknowledgment and has none.
    pub(crate) fn park(&mut self) -> Parked {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|message| message.is_acknowledged);
        Parked {
            under_way: std::mem::take(&mut self.under_way),
            waiting,
        }
    }

    /// An id that is not under way. The window is far smaller than the number of ids, so there is one nearby.
    fn free_id(&mut self) -> NonZeroU16 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if let Some(id) = NonZeroU16::new(self.last_id)
                && self.under_way.iter().all(|sent| sent.packet_id != id)
            {
                return id;
            }
        }
    }
}

fn packet(message: &Message, packet_id: Option<NonZeroU16>, is_duplicate: bool) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup: is_duplicate,
        retain: false,
        qos: if packet_id.is_some() {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        },
        topic: message.topic.as_str().into(),
        packet_id,
        payload: message.payload.clone(),
        properties: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, is_acknowledged: bool) -> Message {
        Message {
            topic: topic.to_owned(),
            payload: Bytes::from_static(b"{}"),
            is_acknowledged,
        }
    }

    fn drain(outbox: &mut Outbox) -> Vec<(String, Option<u16>)> {
        std::iter::from_fn(|| outbox.next())
            .map(|packet| describe(&packet))
            .map(|(t, id, _)| (t, id))
            .collect()
    }

    fn describe(packet: &Packet) -> (String, Option<u16>, bool) {
        let Packet::Publish(publish) = packet else {
            panic!("only publishes leave an outbox")
        };
        (
            publish.topic.to_string(),
            publish.packet_id.map(NonZeroU16::get),
            publish.dup,
        )
    }

    fn id(value: u16) -> NonZeroU16 {
        NonZeroU16::new(value).unwrap()
    }

    #[test]
    fn the_window_bounds_what_is_under_way() {
        let mut outbox = Outbox::new(Parked::default(), 2, 8);
        for topic in ["a", "b", "c"] {
            outbox.push(message(topic, true)).unwrap();
        }
        assert_eq!(
            drain(&mut outbox),
            [("a".to_owned(), Some(1)), ("b".to_owned(), Some(2))]
        );
        outbox.acknowledge(id(9));
        assert_eq!(drain(&mut outbox), []);
        outbox.acknowledge(id(1));
        assert_eq!(drain(&mut outbox), [("c".to_owned(), Some(3))]);
    }

    #[test]
    fn a_full_outbox_says_so() {
        let mut outbox = Outbox::new(Parked::default(), 1, 1);
        outbox.push(message("a", true)).unwrap();
        assert_eq!(outbox.push(message("b", true)), Err(Full));
    }

    #[test]
    fn unacknowledged_messages_come_again_as_duplicates_before_new_ones() {
        let mut outbox = Outbox::new(Parked::default(), 2, 8);
        for topic in ["a", "b", "c"] {
            outbox.push(message(topic, true)).unwrap();
        }
        outbox.push(message("volatile", false)).unwrap();
        assert_eq!(drain(&mut outbox).len(), 2);
        outbox.acknowledge(id(1));

        let parked = outbox.park();
        assert_eq!(parked.size(), 2 * 3);
        let mut outbox = Outbox::new(parked, 2, 8);
        let again: Vec<_> = outbox.resend().map(|packet| describe(&packet)).collect();
        assert_eq!(again, [("b".to_owned(), Some(2), true)]);
        assert_eq!(drain(&mut outbox), [("c".to_owned(), Some(3))]);
    }

    #[test]
    fn ids_wrap_around_and_skip_those_under_way() {
        let mut outbox = Outbox::new(Parked::default(), 2, 8);
        outbox.push(message("first", true)).unwrap();
        assert_eq!(drain(&mut outbox), [("first".to_owned(), Some(1))]);
        outbox.last_id = u16::MAX;
        outbox.push(message("second", true)).unwrap();
        assert_eq!(
            drain(&mut outbox),
            [("second".to_owned(), Some(2))],
            "0 is no id, 1 is taken"
        );
    }
}

//! A connection that does one thing: keep a window of reported patches in flight and time their answers.
//!
//! For load generation. It does not reconnect, renew tokens or listen to anything but twin responses; a whole read's
//! answers are refilled with one write.

use std::collections::VecDeque;
use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use rmqtt_codec::types::QoS;
use rmqtt_codec::v3::{ConnectAckReason, Packet, SubscribeReturnCode};
use tokio::time::{Instant, timeout};
use twin::time::Timestamp;
use wire::topic::{Filter, ToDevice};

use super::event::Loss;
use super::link::Link;
use super::unanswered::{fire, report_topic};
use super::{Dial, Login};

/// How long each step of the handshake, and each answer, may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const KEEP_ALIVE: Duration = Duration::from_mins(10);
const TOKEN_VALIDITY: Duration = Duration::from_hours(24);

/// The hub's answer to one patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which patch, counted from 0 in the order of sending.
    pub number: u64,
    /// 204 for an accepted patch.
    pub status: u16,
    /// The version of the reported properties after it.
    pub version: Option<u64>,
    /// From queueing the patch to reading its answer.
    pub latency: Duration,
}

/// A connected device that reports as fast as the hub answers.
#[derive(Debug)]
pub struct Pipeline {
    link: Link,
    /// When each unanswered patch was sent; the first is patch `answered`.
    unanswered: VecDeque<Option<Instant>>,
    first_unanswered: u64,
}

impl Pipeline {
    /// Connects as `login` and subscribes to twin responses.
    ///
    /// # Errors
    /// [`Loss`]: the hub cannot be reached, refuses, or does not answer.
    pub async fn connect(dial: &dyn Dial, login: &Login, now: Timestamp) -> Result<Self, Loss> {
        let stream = timeout(ANSWER_LIMIT, dial.dial())
            .await
            .map_err(|_| Loss::NoAnswer(ANSWER_LIMIT))?;
        let mut link = Link::new(stream.map_err(Loss::Unreachable)?);
        link.queue(login.connect(now, TOKEN_VALIDITY, KEEP_ALIVE))?;
        match receive(&mut link).await? {
            Packet::ConnectAck(ack) if ack.return_code == ConnectAckReason::ConnectionAccepted => {}
            Packet::ConnectAck(ack) => return Err(Loss::Refused(ack.return_code)),
            other => return Err(unexpected(&other)),
        }
        let topic_filters = vec![(Filter::TwinResponses.to_string().into(), QoS::AtMostOnce)];
        link.queue(Packet::Subscribe {
            packet_id: NonZeroU16::MIN,
            topic_filters,
        })?;
        loop {
            match receive(&mut link).await? {
                Packet::SubscribeAck { status, .. }
                    if !status.contains(&SubscribeReturnCode::Failure) =>
                {
                    break;
                }
                // A kept session may still deliver what its earlier subscriptions brought.
                Packet::Publish(_) => {}
                other => return Err(unexpected(&other)),
            }
        }
        Ok(Self {
            link,
            unanswered: VecDeque::new(),
            first_unanswered: 0,
        })
    }

    /// Sends patches with up to `window` in flight until `patch` gives no more and all are answered.
    ///
    /// `patch(number, buffer)` appends the JSON of a patch and returns `true`, or returns `false` to end;
    /// `answered` hears every answer. Returns how many patches were answered.
    ///
    /// # Errors
    /// [`Loss`]: the connection ended; patches that `answered` did not hear of may or may not have taken effect.
    pub async fn run(
        &mut self,
        window: usize,
        mut patch: impl FnMut(u64, &mut Vec<u8>) -> bool,
        mut answered: impl FnMut(Answered),
    ) -> Result<u64, Loss> {
        let mut body = Vec::new();
        let mut is_over = false;
        let before = self.first_unanswered;
        loop {
            let now = Instant::now();
            while !is_over && self.unanswered.len() < window {
                let number = self.first_unanswered + self.unanswered.len() as u64;
                body.clear();
                if patch(number, &mut body) {
                    let body = Bytes::copy_from_slice(&body);
                    self.link.queue(fire(report_topic(number), body))?;
                    self.unanswered.push_back(Some(now));
                } else {
                    is_over = true;
                }
            }
            if is_over && self.unanswered.is_empty() {
                return Ok(self.first_unanswered - before);
            }
            timeout(ANSWER_LIMIT, self.link.exchange())
                .await
                .map_err(|_| Loss::NoAnswer(ANSWER_LIMIT))??;
            let now = Instant::now();
            while let Some(packet) = self.link.next_packet()? {
                if let Packet::Publish(publish) = packet
                    && let Some(ToDevice::TwinResponse {
                        status,
                        rid,
                        version,
                    }) = ToDevice::parse(&publish.topic)
                    && let Some((number, latency)) =
                        rid.parse().ok().and_then(|rid| self.take(rid, now))
                {
                    answered(Answered {
                        number,
                        status,
                        version,
                        latency,
                    });
                }
            }
        }
    }

    /// Disconnects in order.
    ///
    /// # Errors
    /// [`Loss`]: the connection had ended already.
    pub async fn close(mut self) -> Result<(), Loss> {
        self.link.queue(Packet::Disconnect)?;
        Ok(self.link.close().await?)
    }

    /// Marks a patch as answered; answers may come out of order.
    fn take(&mut self, number: u64, now: Instant) -> Option<(u64, Duration)> {
        let index = usize::try_from(number.checked_sub(self.first_unanswered)?).ok()?;
        let sent = self.unanswered.get_mut(index)?.take()?;
        while let Some(None) = self.unanswered.front() {
            self.unanswered.pop_front();
            self.first_unanswered += 1;
        }
        Some((number, now - sent))
    }
}

/// The next packet, written requests included.
async fn receive(link: &mut Link) -> Result<Packet, Loss> {
    loop {
        if let Some(packet) = link.next_packet()? {
            return Ok(packet);
        }
        timeout(ANSWER_LIMIT, link.exchange())
            .await
            .map_err(|_| Loss::NoAnswer(ANSWER_LIMIT))??;
    }
}

fn unexpected(packet: &Packet) -> Loss {
    Loss::Protocol(format!(
        "packet {:#04x} during the handshake",
        packet.packet_type()
    ))
}

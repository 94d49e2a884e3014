//! The hub's end of one stream, packet by packet.

use std::num::NonZeroU16;

use bytes::{Bytes, BytesMut};
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::{Codec, Connect, ConnectAck, ConnectAckReason, Packet, SubscribeReturnCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_util::codec::{Decoder, Encoder};
use wire::topic::ToDevice;

/// One stream seen from the hub.
#[derive(Debug)]
pub(crate) struct Peer {
    stream: DuplexStream,
    codec: Codec,
    incoming: BytesMut,
}

impl Peer {
    pub(super) fn new(stream: DuplexStream) -> Self {
        Self {
            stream,
            codec: Codec::new(0),
            incoming: BytesMut::new(),
        }
    }

    /// The next packet of the client; `None` when it closed the stream.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        loop {
            if let Some((packet, _)) = self.codec.decode(&mut self.incoming).unwrap() {
                return Some(packet);
            }
            if self.stream.read_buf(&mut self.incoming).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Sends a packet; `false` when the client closed the stream.
    pub(crate) async fn send(&mut self, packet: Packet) -> bool {
        let mut bytes = BytesMut::new();
        self.codec.encode(packet, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.is_ok()
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub(crate) async fn expect_connect(&mut self) -> Connect {
        match self.next().await {
            Some(Packet::Connect(connect)) => *connect,
            other => panic!("a CONNECT was expected, not {other:?}"),
        }
    }

    pub(crate) async fn expect_publish(&mut self) -> Publish {
        match self.next().await {
            Some(Packet::Publish(publish)) => *publish,
            other => panic!("a PUBLISH was expected, not {other:?}"),
        }
    }

    pub(crate) async fn answer_connect(
        &mut self,
        return_code: ConnectAckReason,
        session_present: bool,
    ) {
        self.send(Packet::ConnectAck(ConnectAck {
            return_code,
            session_present,
        }))
        .await;
    }

    /// Takes SUBSCRIBE and grants everything; returns the filters.
    pub(crate) async fn grant_subscriptions(&mut self) -> Vec<String> {
        let Some(Packet::Subscribe {
            packet_id,
            topic_filters,
        }) = self.next().await
        else {
            panic!("a SUBSCRIBE was expected");
        };
        let status = topic_filters
            .iter()
            .map(|(_, qos)| SubscribeReturnCode::Success(*qos))
            .collect();
        self.send(Packet::SubscribeAck { packet_id, status }).await;
        topic_filters
            .into_iter()
            .map(|(filter, _)| filter.to_string())
            .collect()
    }

    /// The whole handshake of a new session.
    pub(crate) async fn welcome(&mut self) -> Connect {
        let connect = self.expect_connect().await;
        self.answer_connect(ConnectAckReason::ConnectionAccepted, false)
            .await;
        self.grant_subscriptions().await;
        connect
    }

    /// Publishes at `QoS` 0.
    pub(crate) async fn tell(&mut self, topic: ToDevice<'_>, body: impl Into<Bytes>) -> bool {
        self.send(publish(topic, body, None)).await
    }

    /// Acknowledges a publish at `QoS` 1.
    pub(crate) async fn acknowledge(&mut self, publish: &Publish) {
        let packet_id = publish.packet_id.expect("a publish at QoS 1");
        self.send(Packet::PublishAck { packet_id }).await;
    }
}

/// A PUBLISH; at `QoS` 1 when it has a packet id.
pub(crate) fn publish(
    topic: ToDevice<'_>,
    body: impl Into<Bytes>,
    packet_id: Option<NonZeroU16>,
) -> Packet {
    Packet::Publish(Box::new(Publish {
        dup: false,
        retain: false,
        qos: if packet_id.is_some() {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        },
        topic: topic.to_string().into(),
        packet_id,
        payload: body.into(),
        properties: None,
    }))
}

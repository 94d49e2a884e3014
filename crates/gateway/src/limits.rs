//! Every bound of the gateway in one place: connections, sizes, queues and times.
//!
//! The defaults follow the contract where it names a number, and otherwise what one machine carries. Tests lower them.

use std::time::Duration;

/// Bounds of the gateway. Each queue states what happens when it is full.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Device connections at a time. Full: further ones wait in the listen queue.
    pub device_connections_max: usize,
    /// Connections of service clients at a time. Full: further ones wait in the listen queue.
    pub service_connections_max: usize,
    /// Connections between TCP accept and CONNACK (or the end of TLS, for HTTPS) at a time, per listener: reconnect
    /// admission. Full: further ones wait in the listen queue.
    pub handshakes_max: usize,
    /// Time for the TLS handshake.
    pub handshake_timeout: Duration,
    /// Time from the TLS handshake to a complete CONNECT packet.
    pub connect_timeout: Duration,
    /// Time for the head, and then for the body, of an HTTP request; and how long an HTTP connection may be idle.
    pub request_timeout: Duration,
    /// Largest MQTT packet before the client is known, in bytes after the fixed header: a CONNECT with the largest will.
    pub connect_packet_bytes_max: u32,
    /// Largest MQTT packet, in bytes after the fixed header (contract section 2.3: at least 256 KiB and the topic).
    pub packet_bytes_max: u32,
    /// Longest silence of a client in any case (contract section 1.7); also what keep-alive 0 means.
    pub silence_max: Duration,
    /// Events of one connection that are taken from its socket before the store has answered. Full: its socket is not
    /// read. This is also the fairness between devices: a flood takes turns in batches of this size.
    pub batch_events_max: usize,
    /// Bytes of such messages. Full: as above.
    pub batch_bytes_max: usize,
    /// Events of all connections on their way into the store. Full: connections that want more are not read.
    pub inlet_events_max: usize,
    /// Messages to one connection that it has not looked at yet. Full: the connection is closed; the device
    /// catches up by reading its twin (contract section 5.8).
    pub mailbox_messages_max: usize,
    /// Unacknowledged QoS 1 messages to one device.
    pub window: usize,
    /// QoS 1 messages to one device that wait for room in the window. Full: the connection is closed, as above.
    pub outbox_messages_max: usize,
    /// Bytes to one device that its socket has not taken. Full: its socket is not read and nothing more is written.
    pub unsent_bytes_max: usize,
    /// Direct methods of one device that wait for an answer. Full: the caller is told to come again.
    pub methods_in_flight_max: usize,
    /// A connection may be displaced by a newer one of the same device only when it is this old, so that two clients
    /// with one identity do not displace each other as fast as they can connect.
    pub takeover_pace: Duration,
    /// Bytes of unacknowledged messages kept for devices that are away. Full: further ones are not kept.
    pub parked_bytes_max: usize,
    /// Time that an ending connection has for its last writes.
    pub drain_timeout: Duration,
    /// Largest request body of the service surface, in bytes.
    pub body_bytes_max: usize,
    /// Largest body of a bulk registry request, in bytes.
    pub bulk_body_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            device_connections_max: 200_000,
            service_connections_max: 4_096,
            handshakes_max: 512,
            handshake_timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(15),
            request_timeout: Duration::from_mins(1),
            connect_packet_bytes_max: 80 * 1024,
            packet_bytes_max: 330 * 1024,
            silence_max: Duration::from_secs(1767),
            batch_events_max: 128,
            batch_bytes_max: 1024 * 1024,
            inlet_events_max: 16_384,
            mailbox_messages_max: 64,
            window: 16,
            outbox_messages_max: 64,
            unsent_bytes_max: 512 * 1024,
            methods_in_flight_max: 32,
            takeover_pace: Duration::from_secs(1),
            parked_bytes_max: 64 * 1024 * 1024,
            drain_timeout: Duration::from_secs(10),
            body_bytes_max: 1024 * 1024,
            bulk_body_bytes_max: 16 * 1024 * 1024,
        }
    }
}

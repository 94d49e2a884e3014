//! The gateway's metrics, each by a function, so that a name is written once.
//!
//! Names are `area.noun.verb`. Queues are not here: they are [asked](crate::Queues) for what is in them.

use metrics::{counter, gauge};

pub(crate) fn connections(surface: &'static str, open: usize) {
    gauge!("gateway.connection.open", "surface" => surface).set(to_f64(open));
}

pub(crate) fn handshake_failed(surface: &'static str) {
    counter!("gateway.handshake.failed_total", "surface" => surface).increment(1);
}

pub(crate) fn connect_accepted() {
    counter!("gateway.connect.accepted_total").increment(1);
}

pub(crate) fn connect_refused(code: &'static str) {
    counter!("gateway.connect.refused_total", "code" => code).increment(1);
}

pub(crate) fn session_ended(ending: &'static str) {
    counter!("gateway.session.ended_total", "ending" => ending).increment(1);
}

/// A connection was not read because the store had not answered yet.
pub(crate) fn session_stalled() {
    counter!("gateway.session.stalled_total").increment(1);
}

pub(crate) fn drain_timed_out() {
    counter!("gateway.session.drain_timed_out_total").increment(1);
}

pub(crate) fn packet_received() {
    counter!("gateway.packet.received_total").increment(1);
}

pub(crate) fn packet_sent() {
    counter!("gateway.packet.sent_total").increment(1);
}

pub(crate) fn request(method: &str, endpoint: &str, status: u16) {
    counter!(
        "gateway.request.answered_total",
        "method" => method.to_owned(),
        "endpoint" => endpoint.to_owned(),
        "status" => status.to_string()
    )
    .increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "gauges are for people")]
fn to_f64(value: usize) -> f64 {
    value as f64
}

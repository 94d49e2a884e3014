//! From the first byte of a connection to its CONNACK (contract section 1.7).

use std::sync::Arc;
use std::time::Duration;

use rmqtt_codec::error::DecodeError;
use rmqtt_codec::v3::{Connect, ConnectAck, ConnectAckReason, Packet};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;
use tracing::debug;
use twin::limits::CLOCK_DRIFT_MAX;
use twin::time::Timestamp;

use super::Visit;
use crate::authenticate::{self, Denial, Proven};
use crate::connection::Connection;
use crate::figures;
use crate::hub::Hub;
use crate::inlet::Inlet;
use crate::listener::Peer;
use crate::registry::Attached;
use crate::session::{Opening, Parked, Patience, Session, Stamp, Subscriptions};
use crate::status;
use crate::throttle::Admitted;
use crate::transport::{Heard, Transport};

/// MQTT 3.1.1.
const PROTOCOL_LEVEL: u8 = 4;
/// Time to write a refusal.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Why there was no session.
#[derive(Debug, thiserror::Error)]
enum Refused {
    /// Nothing that deserves an answer was said.
    #[error("no CONNECT")]
    NoConnect,
    #[error("another protocol level")]
    Level,
    #[error("the client id is empty")]
    EmptyClientId,
    #[error(transparent)]
    Denied(#[from] Denial),
    /// Another connection, a change of the device, or the end of the hub was quicker.
    #[error("displaced before it was accepted")]
    Displaced,
}

/// Lets a client in, or tells it why not.
pub(super) async fn enter<S: AsyncRead + AsyncWrite + Unpin>(
    hub: &Arc<Hub>,
    stream: S,
    peer: &Peer,
    admitted: Admitted,
) -> Option<Box<Visit<S>>> {
    let began = Instant::now();
    let mut transport = Transport::new(stream, hub.limits.connect_packet_bytes_max);
    match let_in(hub, &mut transport, peer, admitted, began).await {
        Ok(entered) => Some(entered.with(hub, transport, began)),
        Err(refused) => {
            debug!(peer.address = %peer.address, reason = %refused, "A device was not let in.");
            refuse(transport, &refused).await;
            None
        }
    }
}

/// A client that was let in.
struct Entered {
    opening: Opening,
    attached: Attached,
    inlet: Inlet,
    admitted: Admitted,
}

async fn let_in<S: AsyncRead + AsyncWrite + Unpin>(
    hub: &Arc<Hub>,
    transport: &mut Transport<S>,
    peer: &Peer,
    mut admitted: Admitted,
    began: Instant,
) -> Result<Entered, Refused> {
    let in_time = tokio::time::timeout(hub.limits.connect_timeout, read_connect(transport));
    let connect = match hub.stop.run_until_cancelled(in_time).await {
        Some(Ok(connect)) => connect?,
        Some(Err(_)) | None => return Err(Refused::NoConnect),
    };
    if connect.protocol.level() != PROTOCOL_LEVEL {
        return Err(Refused::Level);
    }
    let (proven, model_id) =
        authenticate::connect(hub, &connect, peer.certificate.as_ref()).await?;
    let stamp = Stamp {
        generation_id: proven.credentials.generation_id.clone(),
        authentication: proven.method,
        model_id,
    };
    let will = connect
        .last_will
        .map(|will| stamp.will(&proven.device, will))
        .transpose();
    let will = will.map_err(|what| Denial::Malformed(what.to_owned()))?;
    // From here on the client may wait for an older connection of its own: others come first.
    admitted.is_in();

    let attached = hub.registry.claim(&proven.device).await;
    let is_persistent = !connect.clean_session;
    let remembered = settle_in(
        hub,
        &proven,
        &attached,
        is_persistent,
        stamp.model_id.as_deref(),
    )
    .await?;
    let parked = hub.parking.take(&proven.device, &stamp.generation_id);
    let expires_in = proven
        .expires_at
        .map(|expires_at| time_left(expires_at, hub.now()));
    let accepted = Packet::ConnectAck(ConnectAck {
        return_code: ConnectAckReason::ConnectionAccepted,
        session_present: remembered.is_some(),
    });
    transport.send(accepted).map_err(|_| Refused::NoConnect)?;
    let inlet = Inlet {
        hub: Arc::clone(hub),
        device: proven.device,
        slot: proven.credentials.slot,
    };
    let opening = Opening {
        device: inlet.device.clone(),
        stamp,
        is_persistent,
        remembered,
        parked: if remembered.is_some() {
            parked
        } else {
            Parked::default()
        },
        will,
        patience: Patience::new(
            connect.keep_alive,
            hub.limits.silence_max,
            began.elapsed(),
            expires_in,
        ),
    };
    // The last thing that takes time or can fail: whoever gets here has a session, and the session has an end.
    hub.fleet
        .monitor()
        .connected(inlet.slot, &inlet.device, hub.now())
        .await;
    Ok(Entered {
        opening,
        attached,
        inlet,
        admitted,
    })
}

impl Entered {
    fn with<S: AsyncRead + AsyncWrite + Unpin>(
        self,
        hub: &Hub,
        mut transport: Transport<S>,
        began: Instant,
    ) -> Box<Visit<S>> {
        transport.set_packet_bytes_max(hub.limits.packet_bytes_max);
        let (device, slot) = (self.inlet.device.clone(), self.inlet.slot);
        let generation_id = self.opening.stamp.generation_id.clone();
        let limits = || Arc::clone(&hub.limits);
        let (session, first) = Session::open(self.opening, limits());
        let connection = Connection::new(
            session,
            transport,
            self.attached,
            self.inlet,
            limits(),
            began,
        );
        Box::new(Visit {
            device,
            slot,
            generation_id,
            connection,
            first,
            _admitted: self.admitted,
        })
    }
}

/// Waits for the CONNECT.
async fn read_connect<S: AsyncRead + AsyncWrite + Unpin>(
    transport: &mut Transport<S>,
) -> Result<Connect, Refused> {
    loop {
        match transport.next_packet() {
            Ok(Some(Packet::Connect(connect))) => return Ok(*connect),
            Ok(None) => {}
            Err(DecodeError::UnsupportedProtocolLevel) => return Err(Refused::Level),
            Err(DecodeError::InvalidClientId) => return Err(Refused::EmptyClientId),
            Ok(Some(_)) | Err(_) => return Err(Refused::NoConnect),
        }
        if !matches!(transport.drive(true).await, Ok(Heard::Bytes)) {
            return Err(Refused::NoConnect);
        }
    }
}

/// What the hub knows of the device's session, now that no other connection has it.
///
/// The credentials are looked at again: a device that was disabled or removed between its proof and its claim would
/// otherwise stay, because there was nothing to disconnect yet.
async fn settle_in(
    hub: &Hub,
    proven: &Proven,
    attached: &Attached,
    is_persistent: bool,
    model_id: Option<&str>,
) -> Result<Option<Subscriptions>, Refused> {
    let credentials = hub
        .fleet
        .provision()
        .credentials(&proven.device)
        .await
        .map_err(Denial::from)?;
    let is_closed = hub.stop.is_cancelled() || attached.line().mailbox.closed().is_some();
    if is_closed || credentials.as_ref() != Some(&proven.credentials) {
        return Err(Refused::Displaced);
    }
    if let Some(model_id) = model_id {
        hub.fleet
            .monitor()
            .announced_model(&proven.device, model_id)
            .await
            .map_err(Denial::from)?;
    }
    let slot = proven.credentials.slot;
    let unavailable = |error| Denial::from(fleet::Error::from(error));
    let stored = hub
        .fleet
        .store()
        .subscriptions(slot)
        .await
        .map_err(unavailable)?;
    if is_persistent {
        return Ok(stored.map(Subscriptions::from_bits));
    }
    if stored.is_some() {
        hub.keeper.keep(slot, None).await.map_err(unavailable)?;
    }
    Ok(None)
}

/// A token that a slow clock let through lasts as long as the clock is allowed to be slow.
fn time_left(expires_at: Timestamp, now: Timestamp) -> Duration {
    let is_past = expires_at <= now;
    let end = if is_past {
        expires_at.plus(CLOCK_DRIFT_MAX)
    } else {
        expires_at
    };
    end.since(now)
}

/// Says why, when the contract has a code for it, and closes.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut transport: Transport<S>, refused: &Refused) {
    let code = match refused {
        Refused::NoConnect => None,
        Refused::Level => Some(1),
        Refused::EmptyClientId => Some(2),
        Refused::Denied(denial) => Some(status::of_denial(denial).connack()),
        Refused::Displaced => Some(3),
    };
    let Some(return_code) = code.and_then(|code| ConnectAckReason::try_from(code).ok()) else {
        return;
    };
    figures::connect_refused(return_code.reason());
    if transport
        .send(Packet::ConnectAck(ConnectAck {
            return_code,
            session_present: false,
        }))
        .is_ok()
    {
        // The other side may be gone; there is nobody left to tell.
        let _ = tokio::time::timeout(REFUSAL_TIMEOUT, transport.shutdown()).await;
    }
}

//! Direct methods (contract section 4.5): a question to one device, answered while the caller waits.
//!
//! What was begun is finished: the event and the audit entry are written even when the caller goes
//! away while the device thinks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use store::{Event, Queue, Record, Stalls, Write};
use twin::Value;
use twin::id::DeviceId;
use twin::limits::{
    METHOD_CONNECT_TIMEOUT_MAX, METHOD_PAYLOAD_BYTES_MAX, METHOD_RESPONSE_TIMEOUT_DEFAULT,
    METHOD_RESPONSE_TIMEOUT_MAX, METHOD_RESPONSE_TIMEOUT_MIN,
};

use super::Configure;
use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::outlet::{MethodAnswer, MethodError, MethodRequest};
use crate::{Error, audit};

const NAME_CHARS_MAX: usize = 100;
/// The longest payload or answer that the event log keeps, in bytes of JSON text.
const KEPT_BYTES_MAX: usize = 2_048;
/// How much longer than the response timeout the outlet may take before it is given up on.
const OUTLET_GRACE: Duration = Duration::from_secs(2);

/// A call of a direct method.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodCall {
    /// The method's name: 1 to 100 printable ASCII characters, none of them reserved.
    pub name: String,
    /// What it carries, at most 128 KiB as JSON text; `None` when nothing was given.
    pub payload: Option<Value>,
    /// How long to wait for the answer: 5 to 300 s.
    pub response_timeout: Duration,
    /// How long to wait for the device to come online first: 0 to 300 s; zero means that it must be.
    pub connect_timeout: Duration,
}

/// A value as the event log keeps it: the whole, or how long it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// The value.
    Value(Value),
    /// It was longer than is kept.
    TooLarge {
        /// Its length as JSON text, in bytes.
        size_bytes: u64,
    },
    /// The entry was written before values were kept.
    Unknown,
}

impl Kept {
    fn of(value: Value) -> Self {
        match json_bytes(&value) {
            size if size > KEPT_BYTES_MAX => Self::TooLarge {
                size_bytes: size as u64,
            },
            _ => Self::Value(value),
        }
    }

    fn write(self, detail: &mut Value, name: &str) {
        match self {
            Self::Value(value) => detail[name] = value,
            Self::TooLarge { size_bytes } => detail[format!("{name}Bytes")] = size_bytes.into(),
            Self::Unknown => {}
        }
    }

    pub(super) fn read(detail: &Value, name: &str) -> Self {
        let size = detail.get(format!("{name}Bytes")).and_then(Value::as_u64);
        match (detail.get(name), size) {
            (Some(value), _) => Self::Value(value.clone()),
            (None, Some(size_bytes)) => Self::TooLarge { size_bytes },
            (None, None) => Self::Unknown,
        }
    }
}

impl MethodCall {
    /// A call without payload and with the usual time limits.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            payload: None,
            response_timeout: METHOD_RESPONSE_TIMEOUT_DEFAULT,
            connect_timeout: Duration::ZERO,
        }
    }
}

impl Configure {
    /// Invokes a method on a device and waits for its answer.
    ///
    /// The device's own status, whatever its number, is an answer; everything else is a
    /// [`MethodError`].
    pub async fn invoke(
        &self,
        principal: &Principal,
        id: &DeviceId,
        call: MethodCall,
    ) -> Result<MethodAnswer, MethodError> {
        authorize(principal, Action::InvokeMethod)?;
        check(&call)?;
        let place = Calls::enter(&self.calls).ok_or(MethodError::Busy)?;
        let record = match self.core.store.device(id).await {
            Ok(Some(record)) => record,
            Ok(None) => return Err(MethodError::NotFound),
            Err(error) => return Err(from_store(error)),
        };
        let (core, principal) = (Arc::clone(&self.core), principal.clone());
        let work = async move {
            let _place = place;
            carry_out(&core, &principal, &record, call).await
        };
        self.core
            .tasks
            .finish("configure.invoke", work)
            .await
            .unwrap_or(Err(MethodError::Unavailable))
    }
}

/// Sends the call, and writes down what came of it.
async fn carry_out(
    core: &Core,
    principal: &Principal,
    record: &Record,
    call: MethodCall,
) -> Result<MethodAnswer, MethodError> {
    let id = &record.identity.device_id;
    let (name, payload) = (call.name.clone(), call.payload.clone());
    let started = core.clock.monotonic();
    let result = send(core, id, call).await;
    let took = core.clock.monotonic().saturating_sub(started);
    let outcome = match &result {
        Ok(answer) => answer.status.to_string(),
        Err(error) => error.to_string(),
    };
    metrics::counter!("device.method.invoked_total", "outcome" => if result.is_ok() { "answered" } else { "failed" })
        .increment(1);
    let detail = detail(&name, &result, took);
    // The event log tells what was carried and answered; the audit log tells that it was.
    let mut told = detail.clone();
    Kept::of(payload.unwrap_or_default()).write(&mut told, "payload");
    if let Ok(answer) = &result {
        Kept::of(answer.payload.clone()).write(&mut told, "answer");
    }
    let event = Event {
        at: core.clock.now(),
        kind: "method".to_owned(),
        actor: principal.actor(),
        detail: told,
    };
    let entry = audit::done(core, principal, "method.invoke", id.as_str())
        .outcome(&outcome)
        .detail(detail)
        .entry();
    let writes = vec![
        Write::Event {
            slot: record.slot,
            event,
        },
        Write::Audit(entry),
    ];
    if let Err(error) = core.store.write(writes).await {
        tracing::error!(
            device.id = id.as_str(),
            error = &error as &dyn std::error::Error,
            "Method {name} on device {id} could not be written down."
        );
        return Err(from_store(error));
    }
    core.bus.post_aside(id.clone());
    result
}

/// What the logs say of a call.
pub(super) fn detail(
    name: &str,
    result: &Result<MethodAnswer, MethodError>,
    took: Duration,
) -> Value {
    serde_json::json!({
        "name": name,
        "status": result.as_ref().ok().map(|answer| answer.status),
        "error": result.as_ref().err().map(ToString::to_string),
        "tookMs": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    })
}

pub(super) async fn send(
    core: &Core,
    id: &DeviceId,
    call: MethodCall,
) -> Result<MethodAnswer, MethodError> {
    let not_online = MethodError::NotOnline {
        waited: call.connect_timeout,
    };
    let Some(outlet) = core.outlet.get() else {
        return Err(not_online);
    };
    if !outlet.wait_online(id, call.connect_timeout).await {
        return Err(not_online);
    }
    let request = MethodRequest {
        name: call.name,
        payload: call.payload,
    };
    let started = core.clock.monotonic();
    let answer = tokio::time::timeout(
        call.response_timeout + OUTLET_GRACE,
        outlet.invoke(id, request, call.response_timeout),
    )
    .await
    .unwrap_or(Err(MethodError::NoAnswer))?;
    let now = core.clock.monotonic();
    core.meters.took(now.saturating_sub(started), now);
    let size = json_bytes(&answer.payload);
    if size > METHOD_PAYLOAD_BYTES_MAX {
        return Err(MethodError::BadResponse(format!(
            "its payload is {size} bytes, at most {METHOD_PAYLOAD_BYTES_MAX} are carried"
        )));
    }
    Ok(answer)
}

pub(super) fn check(call: &MethodCall) -> Result<(), MethodError> {
    let is_usable = |char: char| char.is_ascii_graphic() && !"$()<>@,;:\\\"/[]?={}".contains(char);
    if call.name.is_empty() || call.name.len() > NAME_CHARS_MAX || !call.name.chars().all(is_usable)
    {
        return Err(MethodError::Invalid(format!(
            "A method's name has 1 to {NAME_CHARS_MAX} printable ASCII characters, none of $ ( ) < > @ , ; : \\ \" / [ ] ? = {{ }}."
        )));
    }
    let response = METHOD_RESPONSE_TIMEOUT_MIN..=METHOD_RESPONSE_TIMEOUT_MAX;
    if !response.contains(&call.response_timeout) {
        return Err(out_of_range(
            "responseTimeoutInSeconds",
            *response.start(),
            *response.end(),
        ));
    }
    if call.connect_timeout > METHOD_CONNECT_TIMEOUT_MAX {
        return Err(out_of_range(
            "connectTimeoutInSeconds",
            Duration::ZERO,
            METHOD_CONNECT_TIMEOUT_MAX,
        ));
    }
    let size = call.payload.as_ref().map_or(0, json_bytes);
    if size > METHOD_PAYLOAD_BYTES_MAX {
        return Err(MethodError::TooLarge {
            size,
            max: METHOD_PAYLOAD_BYTES_MAX,
        });
    }
    Ok(())
}

fn out_of_range(member: &str, least: Duration, most: Duration) -> MethodError {
    MethodError::Invalid(format!(
        "{member} must be within [{}; {}].",
        least.as_secs(),
        most.as_secs()
    ))
}

/// Length of a value's JSON text, in bytes.
fn json_bytes(value: &Value) -> usize {
    value.to_string().len()
}

fn from_store(error: store::Error) -> MethodError {
    match Error::from(error) {
        Error::Busy => MethodError::Busy,
        _ => MethodError::Unavailable,
    }
}

/// The calls under way, of all devices together.
#[derive(Debug)]
pub(super) struct Calls {
    under_way: AtomicUsize,
    max: usize,
    stalls: Stalls,
}

/// A place among the calls under way; given back when dropped.
struct Place(Arc<Calls>);

impl Calls {
    pub(super) fn new(max: usize) -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            max,
            stalls: Stalls::default(),
        }
    }

    fn enter(calls: &Arc<Self>) -> Option<Place> {
        let place = Place(Arc::clone(calls));
        if calls.under_way.fetch_add(1, Ordering::SeqCst) < calls.max {
            return Some(place);
        }
        calls.stalls.add();
        None
    }

    /// Calls that find no room are refused.
    pub(super) fn queue(&self) -> Queue {
        Queue {
            name: "configure.methods",
            depth: self.under_way.load(Ordering::SeqCst).min(self.max),
            bound: self.max,
            stalls: self.stalls.count(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

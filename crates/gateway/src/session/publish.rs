//! What a device publishes: telemetry, twin requests and method responses, each turned into a step or an answer.

use std::num::NonZeroU16;

use bytes::Bytes;
use fleet::{MethodAnswer, MethodError};
use rmqtt_codec::types::{Publish, QoS};
use rmqtt_codec::v3::{LastWill, Packet};
use twin::id::DeviceId;
use twin::{Map, Value};
use wire::property_bag::PropertyBag;
use wire::status::ErrorCode;
use wire::topic::FromDevice;

use super::{Ending, Outputs, Refusal, Reply, Session, Step};
use crate::registry::Rid;

/// Largest message: body, values of all properties, names of application properties (contract section 2.2), in bytes.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Largest answer to a direct method, in bytes (contract section 4.5).
const METHOD_ANSWER_BYTES_MAX: usize = 128 * 1024;

/// How the hub vouches for a message: who sent it and how they proved it (contract section 2.2). Name and time of the
/// message are the store's own columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) generation_id: String,
    /// `{"scope":…,"type":…,"issuer":"iothub"}`
    pub(crate) authentication: &'static str,
    pub(crate) model_id: Option<String>,
}

impl Stamp {
    /// A message as it is kept, or what is wrong with it.
    pub(crate) fn message(
        &self,
        bag: PropertyBag,
        body: Bytes,
        is_retained: bool,
    ) -> Result<Step, &'static str> {
        if body.len() + bag.size_bytes() > MESSAGE_BYTES_MAX {
            return Err("its message was over 256 KiB");
        }
        let (mut system, mut properties) = bag.split();
        if is_retained {
            properties.insert("mqtt-retain".to_owned(), "true".into());
        }
        let mut stamp = |name: &str, value: &str| system.insert(name.to_owned(), value.into());
        stamp("iothub-connection-auth-generation-id", &self.generation_id);
        stamp("iothub-connection-auth-method", self.authentication);
        stamp("iothub-message-source", "Telemetry");
        if let Some(model_id) = &self.model_id {
            stamp("dt-dataschema", model_id);
        }
        Ok(Step::Keep {
            properties,
            system,
            body,
        })
    }

    /// The message that a will becomes (contract section 1.7), or what is wrong with it.
    pub(crate) fn will(&self, device: &DeviceId, will: LastWill) -> Result<Step, &'static str> {
        let Some(FromDevice::Message {
            device_id,
            module_id: None,
            properties,
        }) = FromDevice::parse(&will.topic)
        else {
            return Err("a will to an unknown topic");
        };
        if device_id != device.as_str() {
            return Err("a will in another's name");
        }
        let mut step = self.message(PropertyBag::parse(properties), will.message, will.retain)?;
        if let Step::Keep { properties, .. } = &mut step {
            properties.insert("iothub-MessageType".to_owned(), "Will".into());
        }
        Ok(step)
    }
}

impl Session {
    pub(super) fn take_publish(&mut self, publish: Publish, outputs: &mut Outputs) {
        if publish.qos == QoS::ExactlyOnce {
            outputs.ending = Some(Ending::Violation("it used QoS 2"));
            return;
        }
        let Publish {
            topic,
            packet_id,
            payload,
            retain,
            ..
        } = publish;
        match FromDevice::parse(&topic) {
            Some(FromDevice::Message {
                device_id,
                module_id: None,
                properties,
            }) if device_id == self.device.as_str() => {
                match self
                    .stamp
                    .message(PropertyBag::parse(properties), payload, retain)
                {
                    Ok(step) => self.ask(
                        step,
                        Reply::Kept {
                            acknowledge: packet_id,
                        },
                    ),
                    Err(what) => outputs.ending = Some(Ending::Violation(what)),
                }
            }
            Some(FromDevice::ReportedPatch { rid, version }) => {
                self.take_report(rid, version, &payload, packet_id);
            }
            Some(FromDevice::TwinGet { rid }) => {
                self.holds += 1;
                self.ask(
                    Step::ReadTwin,
                    Reply::Twin {
                        rid: rid.to_owned(),
                        acknowledge: packet_id,
                    },
                );
            }
            Some(FromDevice::MethodResponse { status, rid }) => {
                if let Some(rid) = Rid::parse(rid) {
                    outputs.answers.push((rid, method_answer(status, &payload)));
                }
                if let Some(packet_id) = packet_id {
                    self.reply(Packet::PublishAck { packet_id }, outputs);
                }
            }
            Some(FromDevice::Message { .. }) => {
                outputs.ending = Some(Ending::Violation("it published in another's name"));
            }
            None => outputs.ending = Some(Ending::Violation("it published to an unknown topic")),
        }
    }

    fn take_report(
        &mut self,
        rid: &str,
        version: Option<u64>,
        payload: &[u8],
        packet_id: Option<NonZeroU16>,
    ) {
        let step = match serde_json::from_slice::<Map>(payload) {
            Ok(patch) => Step::Report {
                patch,
                expected_version: version,
            },
            Err(error) => Step::Refuse(Refusal {
                code: ErrorCode::ArgumentInvalid,
                message: format!("The reported properties must be a JSON object: {error}."),
            }),
        };
        self.ask(
            step,
            Reply::Reported {
                rid: rid.to_owned(),
                acknowledge: packet_id,
            },
        );
    }
}

/// An empty body is `null` (contract section 2.8).
fn method_answer(status: &str, payload: &[u8]) -> Result<MethodAnswer, MethodError> {
    let status = status
        .parse()
        .map_err(|_| MethodError::BadResponse(format!("the status {status:?} is no integer")))?;
    if payload.len() > METHOD_ANSWER_BYTES_MAX {
        return Err(MethodError::BadResponse(format!(
            "the payload has {} bytes",
            payload.len()
        )));
    }
    let payload = if payload.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(payload)
            .map_err(|_| MethodError::BadResponse("the payload is no JSON".to_owned()))?
    };
    Ok(MethodAnswer { status, payload })
}

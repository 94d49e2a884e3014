//! What is said on the network: topics, property bags, tokens, user names, connection strings, status codes and error bodies.
//!
//! Everything is parsed and printed by the same module, so that the server, the agent and the tests cannot disagree.
//!
//! ```
//! use wire::topic::{FromDevice, ToDevice};
//!
//! let asked = FromDevice::parse("$iothub/twin/GET/?$rid=7").expect("a topic of the contract");
//! assert_eq!(asked, FromDevice::TwinGet { rid: "7" });
//! let answer = ToDevice::TwinResponse { status: 200, rid: "7", version: None };
//! assert_eq!(answer.to_string(), "$iothub/twin/res/200/?$rid=7");
//! ```
//!
//! It opens no connection and frames no packet. "Contract" in these pages means the externally observable behavior
//! of IoT Hub that the product implements, and numbers after it are its sections.

#![deny(missing_docs)]

pub mod connection_string;
pub mod error_body;
pub mod percent;
pub mod property_bag;
pub mod sas;
pub mod status;
pub mod topic;
pub mod username;

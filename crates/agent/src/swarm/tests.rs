//! A whole swarm against hubs in memory, in simulated time.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use serde_json::json;
use wire::topic::{FromDevice, ToDevice};

use super::*;
use crate::client::Stream;
use crate::demo;
use crate::profile::FaultShares;
use crate::testing::{FakeHub, KEY, MORNING, Peer};

/// A hub that accepts every device, answers everything, and has one twin for all.
struct Crowd {
    hub: FakeHub,
}

impl Dial for Crowd {
    fn dial(&self) -> BoxFuture<'_, std::io::Result<Box<dyn Stream>>> {
        self.hub.dial()
    }
}

async fn serve(mut peer: Peer, desired: serde_json::Value) {
    use rmqtt_codec::v3::{ConnectAckReason, Packet, SubscribeReturnCode};
    peer.expect_connect().await;
    peer.answer_connect(ConnectAckReason::ConnectionAccepted, false)
        .await;
    let mut version = 1;
    while let Some(packet) = peer.next().await {
        match packet {
            Packet::Subscribe {
                packet_id,
                topic_filters,
            } => {
                let status = topic_filters
                    .iter()
                    .map(|(_, qos)| SubscribeReturnCode::Success(*qos))
                    .collect();
                peer.send(Packet::SubscribeAck { packet_id, status }).await;
            }
            Packet::PingRequest => drop(peer.send(Packet::PingResponse).await),
            Packet::Publish(publish) => match FromDevice::parse(&publish.topic).unwrap() {
                FromDevice::Message { .. } => peer.acknowledge(&publish).await,
                FromDevice::TwinGet { rid } => {
                    let body =
                        json!({ "desired": desired, "reported": { "$version": 1 } }).to_string();
                    peer.tell(
                        ToDevice::TwinResponse {
                            status: 200,
                            rid,
                            version: None,
                        },
                        body,
                    )
                    .await;
                }
                FromDevice::ReportedPatch { rid, .. } => {
                    version += 1;
                    peer.tell(
                        ToDevice::TwinResponse {
                            status: 204,
                            rid,
                            version: Some(version),
                        },
                        "",
                    )
                    .await;
                }
                FromDevice::MethodResponse { .. } => {}
            },
            _ => return,
        }
    }
}

/// Runs the first devices of the demonstration fleet for ten minutes.
async fn ten_minutes(seed: u64, faults: FaultShares) -> Report {
    let hub = FakeHub::new();
    let members: Vec<Member> = demo::fleet(60, seed)
        .into_iter()
        .map(|device| {
            let text = format!(
                "HostName=localhost;DeviceId={};SharedAccessKey={KEY}",
                device.id
            );
            Member {
                login: Login::parse(&text).unwrap(),
                origin: device.origin,
            }
        })
        .collect();
    let desired = json!({ "safety": { "valve_lock": true }, "firmware": { "version": "99.0" }, "$version": 2 });
    let accepting = tokio::spawn({
        let hub = hub.clone();
        async move {
            loop {
                tokio::spawn(serve(hub.arrival().await, desired.clone()));
            }
        }
    });
    let mut config = SwarmConfig::new(Arc::new(Crowd { hub }), members, seed);
    config.clock = Clock::starting_at(MORNING);
    config.profile.faults = faults;
    let shutdown = CancellationToken::new();
    let running = tokio::spawn(run(config, shutdown.clone()));
    sleep(Duration::from_mins(10)).await;
    shutdown.cancel();
    let report = running.await.unwrap();
    accepting.abort();
    report
}

#[tokio::test(start_paused = true)]
async fn a_sound_swarm_connects_once_and_again_after_its_update() {
    let report = ten_minutes(3, FaultShares::none()).await;
    assert_eq!((report.devices, report.silent), (60, 0));
    assert_eq!(report.connects, 60);
    // Every device restarts once, into the firmware it is asked for.
    assert_eq!(report.reconnects, 60);
    assert_eq!(
        report.losses,
        BTreeMap::from([("ordered".to_owned(), 60), ("stopped".to_owned(), 60)])
    );
    assert_eq!(report.reports_refused, 0);
    assert!(report.reports > 60 * 12, "{report}");
    assert!(report.telemetry > 60 * 30, "{report}");
    assert_eq!(report.telemetry_latency.count, report.telemetry);
    assert!(report.faults.is_empty());
}

#[tokio::test(start_paused = true)]
async fn faults_show_in_the_report() {
    let faults = FaultShares {
        silent: 0.3,
        refuses: 0.5,
        firmware_fails: 0.5,
        loses_power: 0.5,
        ..FaultShares::none()
    };
    let report = ten_minutes(3, faults).await;
    assert!(
        report.silent > 0 && report.connects == 60 - report.silent as u64,
        "{report}"
    );
    for fault in [
        "never connects",
        "firmware failed",
        "lost power",
        "refused a setting",
        "silent",
    ] {
        assert!(
            report.faults.contains_key(fault),
            "{fault} is missing: {report}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_runs_the_same_swarm() {
    let shares = FaultShares::default();
    assert_eq!(ten_minutes(4, shares).await, ten_minutes(4, shares).await);
}

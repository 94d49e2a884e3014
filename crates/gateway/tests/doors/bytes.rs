//! Bytes that no client would send: the hub never panics, never answers what it cannot read, and goes on serving.

use crate::harness::{DEVICE, House, connect_fields, fixture};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rmqtt_codec::v3::{Codec, Packet};
use tokio_util::codec::{Decoder as _, Encoder as _};

const PYTHON: &str = include_str!("../fixtures/python.hex");

fn connect_bytes() -> Vec<u8> {
    let mut bytes = bytes::BytesMut::new();
    Codec::new(0)
        .encode(
            Packet::Connect(Box::new(connect_fields(DEVICE))),
            &mut bytes,
        )
        .unwrap();
    bytes.to_vec()
}

/// One fixture with some bytes changed, inserted or cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "connect",
        "subscribe-methods",
        "telemetry",
        "twin-get",
        "reported",
        "ping",
    ];
    let whole = proptest::sample::select(names.map(|name| fixture(PYTHON, name)).to_vec());
    (
        whole,
        vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(mut bytes, changes, end)| {
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(end.index(bytes.len()) + 1);
            bytes
        })
}

#[test]
fn the_decoder_never_panics() {
    proptest!(|(bytes in vec(any::<u8>(), 0..400))| {
        let mut codec = Codec::new(64 * 1024);
        let mut buffer = bytes::BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = codec.decode(&mut buffer) {}
    });
}

#[test]
fn whatever_arrives_the_hub_goes_on_serving() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let house = runtime.block_on(House::open());
    let strategy = (
        any::<bool>(),
        vec(prop_oneof![damaged(), vec(any::<u8>(), 0..64)], 1..6),
    );
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&strategy, |(is_connected, scripts)| {
            runtime.block_on(async {
                let mut client = house.client();
                if is_connected {
                    client.send_bytes(&connect_bytes()).await;
                    client.accepted().await;
                }
                for script in scripts {
                    client.try_send_bytes(&script).await;
                }
                client.hang_up().await;
            });
            Ok(())
        })
        .unwrap();
    runtime.block_on(async {
        let (mut device, _) = house.online(DEVICE).await;
        device.is_silent_after_leftovers().await;
        device.disconnect().await;
        assert!(
            house.gateway.shutdown(crate::harness::PATIENCE).await,
            "no connection is left behind"
        );
    });
}

//! A hub in memory for tests: streams are duplex pipes, time is simulated, and the test plays the hub's part.
//!
//! [`FakeHub`] hands every dialed stream to the test as a [`Peer`], which speaks MQTT packet by packet. [`TwinHub`] plays a
//! whole hub for one device on top of it, with a real twin.

mod peer;
mod twin_hub;

pub(crate) use peer::{Peer, publish};
pub(crate) use twin_hub::{Seen, TwinHub};

use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};
use twin::time::Timestamp;

use crate::chance::seeded;
use crate::client::{Dial, Login, Settings, Stream};
use crate::clock::Clock;

/// The key of every test device.
pub(crate) const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
/// When tests begin.
pub(crate) const MORNING: Timestamp = Timestamp::from_ms(1_795_334_400_000);

/// A hub that the test plays.
#[derive(Clone)]
pub(crate) struct FakeHub {
    doors: mpsc::Sender<Peer>,
    arrivals: Arc<Mutex<mpsc::Receiver<Peer>>>,
}

impl FakeHub {
    pub(crate) fn new() -> Self {
        let (doors, arrivals) = mpsc::channel(64);
        Self {
            doors,
            arrivals: Arc::new(Mutex::new(arrivals)),
        }
    }

    /// The next stream that a client opens.
    pub(crate) async fn arrival(&self) -> Peer {
        self.arrivals
            .lock()
            .await
            .recv()
            .await
            .expect("the hub holds a sender itself")
    }

    /// Settings of a client of this hub.
    pub(crate) fn settings(&self, device_id: &str) -> Settings {
        let text = format!("HostName=localhost;DeviceId={device_id};SharedAccessKey={KEY}");
        let login = Login::parse(&text).unwrap();
        let dial: Arc<dyn Dial> = Arc::new(self.clone());
        Settings {
            clock: Clock::starting_at(MORNING),
            ..Settings::new(dial, login, seeded(1, device_id))
        }
    }
}

impl Dial for FakeHub {
    fn dial(&self) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let (near, far) = tokio::io::duplex(256 * 1024);
            self.doors
                .try_send(Peer::new(far))
                .map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(Box::new(near) as Box<dyn Stream>)
        })
    }
}

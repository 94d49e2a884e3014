//! Devices that count: each reports `{"n": 1}`, `{"n": 2}`, … as fast as the hub answers, and remembers what the hub
//! has promised to keep.
//!
//! Patches of one device are applied in order and each exactly once, so that its twin must always satisfy: `n` is at
//! least the last acknowledged number and at most the last one sent, and the version has grown by exactly `n`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use agent::chance::seeded;
use agent::client::{Document, Endpoint, Event, Loss, Pipeline, Settings, connect};
use agent::clock::Clock;
use anyhow::{Context, Result, bail, ensure};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use twin::Value;

use crate::roster::Keyed;

/// A device that counts.
#[derive(Clone, Debug)]
pub struct Counter {
    device: Keyed,
    /// The last number that was sent, acknowledged or not.
    sent: u64,
    /// The last number that was acknowledged.
    acknowledged: u64,
    /// The version of the reported properties before the first number; learned at the first look.
    version_before: Option<u64>,
}

impl Counter {
    /// A device that has not reported anything.
    pub fn new(device: Keyed) -> Self {
        Self {
            device,
            sent: 0,
            acknowledged: 0,
            version_before: None,
        }
    }

    /// The last acknowledged number.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Reads the twin through MQTT, checks that it holds what was promised, and goes on counting from there.
    ///
    /// # Errors
    /// When a promise was broken, or the twin could not be read.
    pub async fn look(&mut self, hub: &Endpoint) -> Result<u64> {
        let document = read_twin(&self.device, hub).await?;
        let id = &self.device.id;
        let n = document.reported.get("n").map_or(Some(0), Value::as_u64);
        let n = n.with_context(|| format!("{id}: n is {:?}", document.reported["n"]))?;
        let Self {
            sent, acknowledged, ..
        } = *self;
        ensure!(
            acknowledged <= n,
            "{id}: {acknowledged} was acknowledged, the twin holds {n}"
        );
        ensure!(
            n <= sent,
            "{id}: the twin holds {n}, only {sent} was ever sent"
        );
        let version = document.reported_version;
        let before = *self.version_before.get_or_insert(version.wrapping_sub(n));
        ensure!(
            version == before + n,
            "{id}: after {n} patches the version went from {before} to {version}"
        );
        (self.sent, self.acknowledged) = (n, n);
        Ok(n)
    }

    /// Reports with up to `window` patches in flight until the connection ends or `stop` is set.
    async fn report(
        mut self,
        hub: Endpoint,
        window: usize,
        stop: Arc<AtomicBool>,
        progress: watch::Sender<u64>,
    ) -> Result<(Self, Option<Loss>)> {
        let before = self
            .version_before
            .context("look before the first report")?;
        let base = self.sent;
        let login = self.device.login()?;
        let mut pipeline = match Pipeline::connect(&hub, &login, Clock::System.now()).await {
            Ok(pipeline) => pipeline,
            Err(loss) => return Ok((self, Some(loss))),
        };
        let (mut sent, mut acknowledged, mut wrong) = (base, base, None);
        let ended = pipeline
            .run(
                window,
                |number, body| {
                    if stop.load(Ordering::Relaxed) {
                        return false;
                    }
                    sent = base + number + 1;
                    body.extend_from_slice(format!("{{\"n\":{sent}}}").as_bytes());
                    true
                },
                |answered| {
                    let n = base + answered.number + 1;
                    if answered.status == 204
                        && n == acknowledged + 1
                        && answered.version == Some(before + n)
                    {
                        acknowledged = n;
                        progress.send_modify(|count| *count += 1);
                    } else if wrong.is_none() {
                        wrong = Some(format!(
                            "after {acknowledged}, patch {n} was answered {answered:?}"
                        ));
                    }
                },
            )
            .await;
        (self.sent, self.acknowledged) = (sent, acknowledged);
        if let Some(wrong) = wrong {
            bail!("{}: {wrong}", self.device.id);
        }
        Ok((self, ended.err()))
    }
}

/// Connects as the device, fetches its twin and disconnects.
async fn read_twin(device: &Keyed, hub: &Endpoint) -> Result<Document> {
    let settings = Settings::new(
        Arc::new(hub.clone()),
        device.login()?,
        seeded(0, &device.id),
    );
    let (client, mut events, driver) = connect(settings);
    let shutdown = CancellationToken::new();
    let conversation = async {
        let (document, refused) = tokio::join!(client.twin(), async {
            // Until the driver ends; the only thing worth hearing is why it could not connect.
            let mut refused = None;
            while let Some(event) = events.recv().await {
                match event {
                    Event::Online { .. } => break,
                    Event::Offline { why } => {
                        refused = Some(why);
                        shutdown.cancel();
                        break;
                    }
                    _ => {}
                }
            }
            refused
        });
        shutdown.cancel();
        match refused {
            Some(why) => Err(why).with_context(|| format!("{} could not connect", device.id)),
            None => Ok(document?),
        }
    };
    let (document, ()) = tokio::join!(conversation, driver.run(shutdown.clone()));
    document
}

/// Many counting devices at once.
#[derive(Debug)]
pub struct Load {
    devices: JoinSet<Result<(Counter, Option<Loss>)>>,
    progress: watch::Receiver<u64>,
    stop: Arc<AtomicBool>,
}

impl Load {
    /// Looks at every twin, which checks the promises so far, and then lets all devices report, each with up to
    /// `window` patches in flight.
    ///
    /// # Errors
    /// When a promise was broken.
    pub async fn start(counters: Vec<Counter>, hub: &Endpoint, window: usize) -> Result<Self> {
        let counters = look_at_all(counters, hub).await?;
        let (sender, progress) = watch::channel(0);
        let stop = Arc::new(AtomicBool::new(false));
        let mut devices = JoinSet::new();
        for counter in counters {
            devices.spawn(counter.report(hub.clone(), window, Arc::clone(&stop), sender.clone()));
        }
        Ok(Self {
            devices,
            progress,
            stop,
        })
    }

    /// How many patches have been acknowledged since the start.
    pub fn acknowledged(&self) -> u64 {
        *self.progress.borrow()
    }

    /// Waits until that many patches have been acknowledged since the start.
    ///
    /// # Errors
    /// When a device ends before that.
    pub async fn reaches(&mut self, acknowledged: u64) -> Result<()> {
        let mut progress = self.progress.clone();
        tokio::select! {
            _ = progress.wait_for(|count| *count >= acknowledged) => Ok(()),
            Some(ended) = self.devices.join_next() => {
                let (counter, loss) = ended??;
                bail!("{} ended early: {loss:?}", counter.device.id)
            }
        }
    }

    /// Waits until every connection has ended because the server has.
    ///
    /// # Errors
    /// When a device was answered something that it must not be.
    pub async fn ended(mut self) -> Result<Vec<Counter>> {
        let mut counters = Vec::new();
        while let Some(ended) = self.devices.join_next().await {
            counters.push(ended??.0);
        }
        Ok(counters)
    }

    /// Lets every device finish what it has in flight.
    ///
    /// # Errors
    /// When a connection was lost.
    pub async fn finish(mut self) -> Result<Vec<Counter>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut counters = Vec::new();
        while let Some(ended) = self.devices.join_next().await {
            let (counter, loss) = ended??;
            ensure!(
                loss.is_none(),
                "{} was disconnected: {loss:?}",
                counter.device.id
            );
            counters.push(counter);
        }
        Ok(counters)
    }
}

/// Looks at every twin at once.
///
/// # Errors
/// When a promise was broken.
pub async fn look_at_all(counters: Vec<Counter>, hub: &Endpoint) -> Result<Vec<Counter>> {
    let mut looks = JoinSet::new();
    for mut counter in counters {
        let hub = hub.clone();
        looks.spawn(async move { counter.look(&hub).await.map(|_| counter) });
    }
    looks.join_all().await.into_iter().collect()
}

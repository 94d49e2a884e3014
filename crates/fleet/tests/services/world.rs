//! The world of a test: a fleet with everything around it under control.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use fleet::access::{Permission, Permissions, Principal, Role};
use fleet::clock::{ManualClock, SeededRng};
use fleet::monitor::{DeviceEvent, Live, Outcome};
use fleet::provision::{NewDevice, Registered};
use fleet::{Fleet, Limits, MethodAnswer, MethodError, MethodRequest, Outlet, Parts, SealingKey};
use serde_json::json;
use store::{AuditEntry, Store};
use twin::document::ServiceChange;
use twin::id::{DeviceId, Match, Slot};
use twin::scheme::{Property, PropertyType};
use twin::time::Timestamp;
use twin::{Map, Value};

/// A moment late in 2026.
pub(crate) const START: Timestamp = Timestamp::from_ms(1_795_341_600_000);

pub(crate) struct World {
    pub(crate) fleet: Fleet,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) outlet: Arc<Recorder>,
    pub(crate) store: Arc<dyn Store>,
    /// Removed when the test ends.
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Limits)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("tandem.db").display());
        let store: Arc<dyn Store> = store::sqlite::open(&url).await.unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let (fleet, outlet) = open(&store, &clock, change).await;
        Self {
            fleet,
            clock,
            outlet,
            store,
            folder,
        }
    }

    /// The same store under a new fleet, as after a restart.
    pub(crate) async fn reopened(self) -> Self {
        self.reopened_with(|_| (), |_| ()).await
    }

    /// As after a restart, with other limits, and an outlet that was told something before it is there.
    pub(crate) async fn reopened_with(
        self,
        change: impl FnOnce(&mut Limits),
        prepare: impl FnOnce(&Recorder),
    ) -> Self {
        assert!(self.fleet.shutdown(Duration::from_secs(5)).await);
        let fleet = opened(&self.store, &self.clock, change).await;
        fleet.monitor().columns_complete().await;
        let outlet = Arc::new(Recorder::default());
        prepare(&outlet);
        assert!(fleet.set_outlet(Arc::clone(&outlet) as _));
        Self {
            fleet,
            outlet,
            clock: self.clock,
            store: self.store,
            folder: self.folder,
        }
    }

    /// A second fleet over the same store, whose columns are still being rebuilt.
    pub(crate) async fn beside(&self, change: impl FnOnce(&mut Limits)) -> Fleet {
        opened(&self.store, &self.clock, change).await
    }

    /// The fleet of a command over the same store.
    pub(crate) async fn command(&self) -> Fleet {
        let parts = parts(&self.store, &self.clock, |_| ());
        Fleet::beside(parts).await.unwrap()
    }

    /// The present moment of this world.
    pub(crate) fn clock_now(&self) -> Timestamp {
        self.fleet.clock().now()
    }

    pub(crate) async fn device(&self, name: &str) -> Registered {
        self.device_with(name, json!({}), json!({})).await
    }

    pub(crate) async fn device_with(&self, name: &str, tags: Value, desired: Value) -> Registered {
        let new = NewDevice {
            tags: map(tags),
            desired: map(desired),
            ..NewDevice::new(id(name))
        };
        self.fleet.provision().create(&admin(), new).await.unwrap()
    }

    pub(crate) async fn report(&self, slot: Slot, patch: Value) -> u64 {
        let event = DeviceEvent::Reported {
            slot,
            patch: map(patch),
            expected_version: None,
        };
        match self.fleet.monitor().ingest(vec![event]).await.pop() {
            Some(Ok(Outcome::Reported { version })) => version,
            other => panic!("the report was not taken: {other:?}"),
        }
    }

    pub(crate) async fn desire(&self, name: &str, desired: Value) -> u64 {
        let body = json!({ "properties": { "desired": desired } });
        let change = ServiceChange::from_patch_body(&body).unwrap();
        self.fleet
            .configure()
            .change_twin(&operator(), &id(name), change, Match::Any, None)
            .await
            .unwrap()
            .record
            .twin
            .desired
            .version
    }

    pub(crate) async fn tag(&self, name: &str, tags: Value) {
        let change = ServiceChange::from_patch_body(&json!({ "tags": tags })).unwrap();
        self.fleet
            .configure()
            .change_twin(&operator(), &id(name), change, Match::Any, None)
            .await
            .unwrap();
    }

    pub(crate) async fn declare(&self, path: &str, kind: PropertyType) {
        let path = query::Path::parse(path).unwrap().to_string();
        let property = Property {
            path: path.clone(),
            kind,
            title: String::new(),
            unit: String::new(),
            description: String::new(),
        };
        self.fleet.plan().declare(&admin(), property).await.unwrap();
        while self.building(&path).await {
            tokio::task::yield_now().await;
        }
    }

    async fn building(&self, path: &str) -> bool {
        let declared = self.fleet.plan().declared(&admin()).await.unwrap();
        declared
            .iter()
            .find(|declared| declared.property.path == path)
            .and_then(|declared| declared.column.as_ref())
            .is_none_or(|column| column.is_building)
    }

    pub(crate) async fn live(&self, name: &str) -> Option<Live> {
        self.fleet
            .monitor()
            .record(&admin(), &id(name))
            .await
            .unwrap()
    }

    /// The audit log, oldest first.
    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        let mut entries = self.store.audit(None, 1_000).await.unwrap();
        entries.reverse();
        entries.into_iter().map(|logged| logged.entry).collect()
    }

    /// What the audit log says of what was done since `count` entries.
    pub(crate) async fn audited_since(&self, count: usize) -> Vec<(String, String, String)> {
        let line = |entry: AuditEntry| (entry.action, entry.target, entry.outcome);
        self.audit()
            .await
            .into_iter()
            .skip(count)
            .map(line)
            .collect()
    }
}

async fn open(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    change: impl FnOnce(&mut Limits),
) -> (Fleet, Arc<Recorder>) {
    let fleet = opened(store, clock, change).await;
    fleet.monitor().columns_complete().await;
    let outlet = Arc::new(Recorder::default());
    assert!(fleet.set_outlet(Arc::clone(&outlet) as _));
    (fleet, outlet)
}

pub(crate) async fn opened(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    change: impl FnOnce(&mut Limits),
) -> Fleet {
    Fleet::open(parts(store, clock, change)).await.unwrap()
}

fn parts(
    store: &Arc<dyn Store>,
    clock: &Arc<ManualClock>,
    change: impl FnOnce(&mut Limits),
) -> Parts {
    let mut limits = Limits::default();
    change(&mut limits);
    Parts {
        store: Arc::clone(store),
        clock: Arc::clone(clock) as _,
        rng: Arc::new(SeededRng::new(42)),
        sealing_key: SealingKey::new([9; 32]),
        host_name: "hub.example".to_owned(),
        limits,
    }
}

/// Something an outlet was told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    Desired {
        device: String,
        version: u64,
        notification: Value,
    },
    Disconnect {
        device: String,
        why: String,
    },
    Invoke {
        device: String,
        request: MethodRequest,
    },
}

/// An outlet that writes down what it is told, and answers methods as it was told to.
#[derive(Default)]
pub(crate) struct Recorder {
    told: Mutex<Vec<Told>>,
    online: Mutex<HashSet<DeviceId>>,
    answer: Mutex<Option<Result<MethodAnswer, MethodError>>>,
}

impl Recorder {
    /// What it was told since the last call.
    pub(crate) fn told(&self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    pub(crate) fn is_online(&self, name: &str) {
        self.online.lock().unwrap().insert(id(name));
    }

    pub(crate) fn answers(&self, answer: Result<MethodAnswer, MethodError>) {
        *self.answer.lock().unwrap() = Some(answer);
    }

    fn note(&self, told: Told) {
        self.told.lock().unwrap().push(told);
    }
}

#[async_trait]
impl Outlet for Recorder {
    fn desired_changed(&self, device: &DeviceId, notification: Arc<Map>, version: u64) {
        self.note(Told::Desired {
            device: device.to_string(),
            version,
            notification: Value::Object(Map::clone(&notification)),
        });
    }

    async fn invoke(
        &self,
        device: &DeviceId,
        request: MethodRequest,
        _response_timeout: Duration,
    ) -> Result<MethodAnswer, MethodError> {
        self.note(Told::Invoke {
            device: device.to_string(),
            request,
        });
        let answer = self.answer.lock().unwrap().clone();
        match answer {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    async fn wait_online(&self, device: &DeviceId, _timeout: Duration) -> bool {
        self.online.lock().unwrap().contains(device)
    }

    fn disconnect(&self, device: &DeviceId, why: &str) {
        self.note(Told::Disconnect {
            device: device.to_string(),
            why: why.to_owned(),
        });
    }
}

pub(crate) fn id(name: &str) -> DeviceId {
    DeviceId::parse(name).unwrap()
}

pub(crate) fn map(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

pub(crate) fn admin() -> Principal {
    person("ada", Role::Admin)
}

pub(crate) fn operator() -> Principal {
    person("olga", Role::Operator)
}

pub(crate) fn supervisor() -> Principal {
    person("sam", Role::Supervisor)
}

pub(crate) fn person(name: &str, role: Role) -> Principal {
    Principal::Person {
        id: 1,
        name: name.to_owned(),
        role,
    }
}

pub(crate) fn service(permissions: &[Permission]) -> Principal {
    Principal::Service {
        policy: "test".to_owned(),
        permissions: Permissions::of(permissions),
    }
}

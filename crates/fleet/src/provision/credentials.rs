//! What a device must prove, for whoever lets devices in; remembered for the devices asked for most
//! recently, and forgotten the moment it changes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use store::Record;
use twin::id::{DeviceId, Slot};
use twin::identity::{AuthenticationKind, Status};

use super::{NotAdmitted, Provision, keys};
use crate::Error;
use crate::core::Core;
use crate::sync::locked;

/// What a device must prove to connect.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The device's number.
    pub slot: Slot,
    /// Whether it may connect at all.
    pub status: Status,
    /// How it proves who it is.
    pub authentication: AuthenticationKind,
    /// The primary key, as bytes; empty when it has none.
    pub primary_key: Vec<u8>,
    /// The secondary key, as bytes; empty when it has none.
    pub secondary_key: Vec<u8>,
    /// Thumbprints of its certificates, primary and secondary.
    pub thumbprints: (Option<String>, Option<String>),
    /// Tells devices of the same name apart that existed one after the other.
    pub generation_id: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("slot", &self.slot)
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

impl Provision {
    /// What a device must prove; `None` when it is not registered. For the gateway: not authorized, not
    /// audited, never shown.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn credentials(&self, id: &DeviceId) -> Result<Option<Arc<Credentials>>, Error> {
        let cache = &self.core.credentials;
        if let Some(found) = cache.get(id) {
            return Ok(Some(found));
        }
        let asked = cache.asking();
        let Some(record) = self.core.store.device(id).await? else {
            return Ok(None);
        };
        let credentials = Arc::new(of_record(&self.core, &record));
        cache.put(asked, id, &credentials);
        Ok(Some(credentials))
    }
}

fn of_record(core: &Core, record: &Record) -> Credentials {
    let identity = &record.identity;
    let keys = match &identity.sealed_keys {
        None => keys::Keys::default(),
        Some(sealed) => keys::open(core, &identity.device_id, sealed).unwrap_or_else(|| {
            let now = core.clock.monotonic();
            let why = NotAdmitted::Unreadable;
            core.not_admitted.note(&identity.device_id, why, now);
            keys::Keys::default()
        }),
    };
    Credentials {
        slot: record.slot,
        status: identity.status,
        authentication: identity.authentication,
        primary_key: keys::bytes(&keys.0),
        secondary_key: keys::bytes(&keys.1),
        thumbprints: identity.thumbprints.clone(),
        generation_id: identity.generation_id.clone(),
    }
}

/// The credentials of a bounded number of devices.
#[derive(Debug)]
pub(crate) struct CredentialsCache {
    known: Mutex<Known>,
    max: usize,
}

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<DeviceId, Arc<Credentials>>,
    /// In the order of arrival; may name devices that were forgotten since.
    arrivals: VecDeque<DeviceId>,
    /// Grows with every change: what was read before a change is not remembered after it.
    changes: u64,
}

/// The state of the cache when a question went to the store.
#[derive(Debug, Clone, Copy)]
struct Asking(u64);

impl CredentialsCache {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            known: Mutex::default(),
            max,
        }
    }

    /// Forgets a device whose credentials changed. Called before the change is acknowledged.
    pub(crate) fn forget(&self, id: &DeviceId) {
        let mut known = locked(&self.known);
        known.changes += 1;
        known.by_id.remove(id);
    }

    fn get(&self, id: &DeviceId) -> Option<Arc<Credentials>> {
        locked(&self.known).by_id.get(id).cloned()
    }

    fn asking(&self) -> Asking {
        Asking(locked(&self.known).changes)
    }

    fn put(&self, asked: Asking, id: &DeviceId, credentials: &Arc<Credentials>) {
        let mut known = locked(&self.known);
        if known.changes != asked.0 || self.max == 0 {
            return;
        }
        while known.arrivals.len() >= self.max {
            let Some(oldest) = known.arrivals.pop_front() else {
                break;
            };
            known.by_id.remove(&oldest);
        }
        if known
            .by_id
            .insert(id.clone(), Arc::clone(credentials))
            .is_none()
        {
            known.arrivals.push_back(id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> DeviceId {
        DeviceId::parse(&format!("d{number}")).unwrap()
    }

    fn credentials() -> Arc<Credentials> {
        Arc::new(Credentials {
            slot: Slot(1),
            status: Status::Enabled,
            authentication: AuthenticationKind::Sas,
            primary_key: vec![1],
            secondary_key: vec![2],
            thumbprints: (None, None),
            generation_id: "1".to_owned(),
        })
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let cache = CredentialsCache::new(10);
        let asked = cache.asking();
        cache.forget(&id(1));
        cache.put(asked, &id(1), &credentials());
        assert!(cache.get(&id(1)).is_none());
        cache.put(cache.asking(), &id(1), &credentials());
        assert!(cache.get(&id(1)).is_some());
        cache.forget(&id(1));
        assert!(cache.get(&id(1)).is_none());
    }

    #[test]
    fn the_number_remembered_is_bounded() {
        let cache = CredentialsCache::new(10);
        for number in 0..1_000 {
            cache.put(cache.asking(), &id(number), &credentials());
            if number % 3 == 0 {
                cache.forget(&id(number));
            }
        }
        let known = locked(&cache.known);
        assert!(known.by_id.len() <= 10 && known.arrivals.len() <= 10);
        assert!(known.by_id.contains_key(&id(998)));
    }
}

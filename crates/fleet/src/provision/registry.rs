//! Creating, reading, changing and removing devices, one at a time or by the thousand.

use store::{IdentityChange, Record, Write, Written};
use twin::Map;
use twin::id::{DeviceId, Match};
use twin::identity::{AuthenticationKind, Identity, Status};
use twin::limits::STATUS_REASON_CHARS_MAX;
use twin::presence::Presence;
use twin::time::Timestamp;

use super::Provision;
use super::keys::{self, Keys};
use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::{Error, audit};

/// A device to register.
#[derive(Clone)]
pub struct NewDevice {
    /// Its name.
    pub id: DeviceId,
    /// Whether it may connect.
    pub status: Status,
    /// Why the status is what it is.
    pub status_reason: Option<String>,
    /// How it will prove who it is.
    pub authentication: AuthenticationKind,
    /// Primary and secondary key in base64; a missing or empty one is made, when it proves itself by
    /// keys.
    pub keys: Option<(String, String)>,
    /// Thumbprints of its certificates, primary and secondary.
    pub thumbprints: (Option<String>, Option<String>),
    /// Its first tags.
    pub tags: Map,
    /// What is asked of it from the beginning.
    pub desired: Map,
}

impl NewDevice {
    /// An enabled device without tags whose keys are made here.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            status: Status::Enabled,
            status_reason: None,
            authentication: AuthenticationKind::Sas,
            keys: None,
            thumbprints: (None, None),
            tags: Map::new(),
            desired: Map::new(),
        }
    }
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDevice")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

/// What changes of a device's identity; `None` leaves a part as it is.
#[derive(Clone, Default)]
pub struct DeviceUpdate {
    /// Whether it may connect; disabling ends its connection.
    pub status: Option<Status>,
    /// Why the status is what it is; `Some(None)` takes the reason away.
    pub status_reason: Option<Option<String>>,
    /// How it proves who it is.
    pub authentication: Option<AuthenticationKind>,
    /// New keys in base64; an empty one stays as it is. Other keys end its connection.
    pub keys: Option<(String, String)>,
    /// New thumbprints; other thumbprints end its connection.
    pub thumbprints: Option<(Option<String>, Option<String>)>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
}

impl std::fmt::Debug for DeviceUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceUpdate")
            .field("status", &self.status)
            .field("authentication", &self.authentication)
            .field("has_keys", &self.keys.is_some())
            .finish_non_exhaustive()
    }
}

/// A device as the registry shows it.
#[derive(Clone)]
pub struct Registered {
    /// Identity and twin.
    pub record: Record,
    /// Whether it is connected.
    pub presence: Presence,
    /// Primary and secondary key in base64, for those who may see them.
    pub keys: Option<(String, String)>,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered")
            .field("record", &self.record)
            .field("presence", &self.presence)
            .finish_non_exhaustive()
    }
}

/// How many devices are registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// All.
    pub total: u64,
    /// Those that may connect.
    pub enabled: u64,
    /// Those that may not.
    pub disabled: u64,
}

impl Provision {
    /// Registers a device and gives it back with its keys.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::Invalid`] and [`Error::Twin`] for what breaks a rule.
    pub async fn create(&self, principal: &Principal, new: NewDevice) -> Result<Registered, Error> {
        authorize(principal, Action::CreateDevice)?;
        let results = self.create_batch(principal, vec![new]).await?;
        results.into_iter().next().unwrap_or(Err(Error::Busy))
    }

    /// Registers many devices, some hundreds in each transaction; one refusal does not hold the others.
    ///
    /// # Errors
    /// When nobody may, or the store fails: devices of earlier transactions are then registered.
    pub async fn create_many(
        &self,
        principal: &Principal,
        new: Vec<NewDevice>,
    ) -> Result<Vec<Result<Registered, Error>>, Error> {
        authorize(principal, Action::CreateDevice)?;
        let mut results = Vec::with_capacity(new.len());
        let mut rest = new.into_iter();
        loop {
            let batch: Vec<_> = rest
                .by_ref()
                .take(self.core.limits.create_batch_rows.max(1))
                .collect();
            if batch.is_empty() {
                return Ok(results);
            }
            results.extend(self.create_batch(principal, batch).await?);
        }
    }

    /// One device, with its keys for a policy that may read them; people ask for [`keys`](Self::keys).
    pub async fn device(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Option<Registered>, Error> {
        authorize(principal, Action::ReadRegistry)?;
        let record = self.core.store.device(id).await?;
        Ok(record.map(|record| self.registered(principal, record)))
    }

    /// At most `top` devices in the order of their names, and never more than a thousand.
    pub async fn list(
        &self,
        principal: &Principal,
        top: Option<usize>,
    ) -> Result<Vec<Registered>, Error> {
        let top = top.unwrap_or(self.core.limits.list_rows_max);
        self.page(principal, None, top).await
    }

    /// At most `limit` devices in the order of their names, after the one named, and never more than a
    /// thousand.
    pub async fn page(
        &self,
        principal: &Principal,
        after: Option<&DeviceId>,
        limit: usize,
    ) -> Result<Vec<Registered>, Error> {
        authorize(principal, Action::ReadRegistry)?;
        let limit = limit.min(self.core.limits.list_rows_max);
        let records = self.core.store.page(after, limit).await?;
        Ok(records
            .into_iter()
            .map(|record| self.registered(principal, record))
            .collect())
    }

    /// The keys of a device, primary and secondary; `None` when it has none. That a person read them is
    /// audited.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn keys(
        &self,
        principal: &Principal,
        id: &DeviceId,
    ) -> Result<Option<(String, String)>, Error> {
        authorize(principal, Action::ReadKeys)?;
        let record = self
            .core
            .store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        if matches!(principal, Principal::Person { .. }) {
            let entry = audit::done(&self.core, principal, "device.read_keys", id.as_str()).entry();
            self.core.store.write(vec![Write::Audit(entry)]).await?;
        }
        Ok(opened(&self.core, &record))
    }

    /// Changes a device's identity.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::PreconditionFailed`] when the etag is stale, [`Error::Invalid`].
    pub async fn update(
        &self,
        principal: &Principal,
        id: &DeviceId,
        update: DeviceUpdate,
        if_match: Match,
    ) -> Result<Registered, Error> {
        authorize(principal, Action::UpdateDevice)?;
        let record = self
            .core
            .store
            .device(id)
            .await?
            .ok_or_else(|| Error::no_device(id))?;
        let write = update_write(&self.core, principal, &record, update, if_match)?;
        match self.write_one(id, write).await? {
            Written::Twin(change) => {
                let record = Record::clone(&change.record);
                Ok(Registered {
                    keys: opened(&self.core, &record),
                    presence: self.core.presences.get(record.slot),
                    record,
                })
            }
            Written::Deleted { .. } | Written::Stored => Err(Error::Busy),
        }
    }

    /// Removes a device with its twin; its connection ends.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::PreconditionFailed`] when the etag is stale.
    pub async fn delete(
        &self,
        principal: &Principal,
        id: &DeviceId,
        if_match: Match,
        reason: Option<String>,
    ) -> Result<(), Error> {
        authorize(principal, Action::DeleteDevice)?;
        let write = delete_write(&self.core, principal, id, if_match, reason);
        self.write_one(id, write).await.map(drop)
    }

    /// How many devices are registered, and how many of them may connect.
    pub async fn statistics(&self, principal: &Principal) -> Result<Statistics, Error> {
        authorize(principal, Action::ReadRegistry)?;
        let count = |condition: &'static str| crate::monitor::count(&self.core, condition);
        let total = count("*").await?;
        let disabled = count("status = 'disabled'").await?.min(total);
        Ok(Statistics {
            total,
            enabled: total - disabled,
            disabled,
        })
    }

    async fn write_one(&self, id: &DeviceId, write: Write) -> Result<Written, Error> {
        let results = self.core.store.write(vec![write]).await?;
        results
            .into_iter()
            .next()
            .unwrap_or(Ok(Written::Stored))
            .map_err(|refused| Error::refused(id, refused))
    }

    async fn create_batch(
        &self,
        principal: &Principal,
        new: Vec<NewDevice>,
    ) -> Result<Vec<Result<Registered, Error>>, Error> {
        let mut writes = Vec::with_capacity(new.len());
        let mut drafts = Vec::with_capacity(new.len());
        for new in new {
            let id = new.id.clone();
            drafts.push(
                create_write(&self.core, principal, new).map(|(write, keys)| {
                    writes.push(write);
                    (id, keys)
                }),
            );
        }
        let mut written = self.core.store.write(writes).await?.into_iter();
        let finish = |draft: Result<(DeviceId, Option<Keys>), Error>| {
            let (id, keys) = draft?;
            match written.next() {
                Some(Ok(Written::Twin(change))) => Ok(Registered {
                    record: Record::clone(&change.record),
                    presence: Presence::default(),
                    keys,
                }),
                Some(Err(refused)) => Err(Error::refused(&id, refused)),
                Some(Ok(Written::Deleted { .. } | Written::Stored)) | None => Err(Error::Busy),
            }
        };
        Ok(drafts.into_iter().map(finish).collect())
    }

    fn registered(&self, principal: &Principal, record: Record) -> Registered {
        let shows_keys = match principal {
            Principal::Person { .. } | Principal::Device(_) => false,
            Principal::Service { .. } | Principal::System(_) => {
                authorize(principal, Action::ReadKeys).is_ok()
            }
        };
        let presence = self.core.presences.of([&record]).pop().unwrap_or_default();
        Registered {
            keys: shows_keys.then(|| opened(&self.core, &record)).flatten(),
            presence,
            record,
        }
    }
}

/// The keys of a device, opened.
fn opened(core: &Core, record: &Record) -> Option<Keys> {
    let sealed = record.identity.sealed_keys.as_ref()?;
    keys::open(core, &record.identity.device_id, sealed)
}

/// The write that registers a device, and the keys it gets.
pub(super) fn create_write(
    core: &Core,
    principal: &Principal,
    new: NewDevice,
) -> Result<(Write, Option<Keys>), Error> {
    check_status_reason(new.status_reason.as_deref())?;
    check_thumbprints(new.authentication, &new.thumbprints)?;
    let at = core.clock.now();
    let keys = match (new.authentication, new.keys) {
        (AuthenticationKind::Sas, given) => Some(keys::complete(core, given)?),
        (_, Some((primary, secondary))) if primary.is_empty() && secondary.is_empty() => None,
        (_, given) => given
            .map(|given| keys::complete(core, Some(given)))
            .transpose()?,
    };
    let identity = Identity {
        generation_id: generation_id(core, at),
        etag: first_etag(core),
        status: new.status,
        status_reason: new.status_reason,
        status_updated_at: Timestamp::NEVER,
        created_at: at,
        authentication: new.authentication,
        thumbprints: new.thumbprints,
        sealed_keys: keys.as_ref().map(|keys| keys::seal(core, &new.id, keys)),
        connection_state_updated_at: Timestamp::NEVER,
        device_id: new.id,
    };
    let audit = audit::done(
        core,
        principal,
        "device.create",
        identity.device_id.as_str(),
    )
    .detail(serde_json::json!({
        "status": identity.status.as_str(),
        "authentication": identity.authentication.as_str(),
    }))
    .entry();
    let write = Write::Create {
        identity,
        tags: new.tags,
        desired: new.desired,
        actor: principal.actor(),
        at,
        audit: Some(audit),
    };
    Ok((write, keys))
}

/// The write that changes a device, given what it is now. Keys that are given but are the present ones
/// are no change: clients send whole documents back.
pub(super) fn update_write(
    core: &Core,
    principal: &Principal,
    record: &Record,
    update: DeviceUpdate,
    if_match: Match,
) -> Result<Write, Error> {
    let identity = &record.identity;
    let id = &identity.device_id;
    let authentication = update.authentication.unwrap_or(identity.authentication);
    check_status_reason(
        update
            .status_reason
            .iter()
            .flatten()
            .next()
            .map(String::as_str),
    )?;
    let thumbprints = update.thumbprints.as_ref().unwrap_or(&identity.thumbprints);
    check_thumbprints(authentication, thumbprints)?;
    let present = opened(core, record);
    let wanted = wanted_keys(core, authentication, present.clone(), update.keys)?;
    let change = IdentityChange {
        status: update.status,
        status_reason: update.status_reason,
        sealed_keys: wanted
            .filter(|wanted| present.as_ref() != Some(wanted))
            .map(|wanted| keys::seal(core, id, &wanted)),
        authentication: update.authentication,
        thumbprints: update.thumbprints,
        model_id: None,
    };
    let audit = audit::done(core, principal, "device.update", id.as_str())
        .reason(update.reason.clone())
        .detail(serde_json::json!({
            "status": change.status.map(Status::as_str),
            "keys": change.sealed_keys.is_some(),
            "authentication": change.authentication.map(AuthenticationKind::as_str),
            "thumbprints": change.thumbprints.is_some(),
        }))
        .entry();
    Ok(Write::Identity {
        device_id: id.clone(),
        change,
        if_match,
        actor: principal.actor(),
        reason: update.reason,
        at: core.clock.now(),
        audit: Some(audit),
    })
}

/// The write that removes a device.
pub(super) fn delete_write(
    core: &Core,
    principal: &Principal,
    id: &DeviceId,
    if_match: Match,
    reason: Option<String>,
) -> Write {
    let audit = audit::done(core, principal, "device.delete", id.as_str())
        .reason(reason.clone())
        .entry();
    Write::Delete {
        device_id: id.clone(),
        if_match,
        actor: principal.actor(),
        reason,
        at: core.clock.now(),
        audit: Some(audit),
    }
}

/// The keys a device shall have after an update; `None` leaves them alone.
fn wanted_keys(
    core: &Core,
    authentication: AuthenticationKind,
    present: Option<Keys>,
    given: Option<Keys>,
) -> Result<Option<Keys>, Error> {
    let needs_keys = authentication == AuthenticationKind::Sas && present.is_none();
    let (primary, secondary) = given.unwrap_or_default();
    if primary.is_empty() && secondary.is_empty() && !needs_keys {
        return Ok(None);
    }
    let (present_primary, present_secondary) = present.unwrap_or_default();
    let choose = |given: String, present| if given.is_empty() { present } else { given };
    let chosen = (
        choose(primary, present_primary),
        choose(secondary, present_secondary),
    );
    keys::complete(core, Some(chosen)).map(Some)
}

fn check_status_reason(reason: Option<&str>) -> Result<(), Error> {
    match reason {
        Some(reason) if reason.chars().count() > STATUS_REASON_CHARS_MAX => Err(Error::Invalid(
            format!("A status reason has at most {STATUS_REASON_CHARS_MAX} characters."),
        )),
        _ => Ok(()),
    }
}

fn check_thumbprints(
    authentication: AuthenticationKind,
    (primary, secondary): &(Option<String>, Option<String>),
) -> Result<(), Error> {
    let is_thumbprint = |text: &String| {
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    if !primary.iter().chain(secondary).all(is_thumbprint) {
        return Err(Error::invalid(
            "A thumbprint is the SHA-1 or SHA-256 of a certificate: 40 or 64 hexadecimal digits.",
        ));
    }
    if authentication == AuthenticationKind::SelfSigned && primary.is_none() && secondary.is_none()
    {
        return Err(Error::invalid(
            "A device with a certificate of its own needs at least one thumbprint.",
        ));
    }
    Ok(())
}

/// Ticks of 100 ns since the year 1, made unique by chance below the millisecond (contract section
/// 4.2: a decimal tick string that changes at each create).
fn generation_id(core: &Core, now: Timestamp) -> String {
    let ms = now.as_ms().saturating_sub(Timestamp::NEVER.as_ms());
    (i128::from(ms) * 10_000 + i128::from(random(core) % 10_000)).to_string()
}

/// A first etag that the name's earlier owner did not have, as far as chance goes.
fn first_etag(core: &Core) -> u64 {
    u64::from(random(core) % 900_000_000 + 100_000_000)
}

fn random(core: &Core) -> u32 {
    let mut bytes = [0; 4];
    core.rng.fill(&mut bytes);
    u32::from_le_bytes(bytes)
}

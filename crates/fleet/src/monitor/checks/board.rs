//! The board: which checks hold, since when, who took them; in step with the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use columns::Columns;
use query::Context;
use serde_json::json;
use store::{Attention, Taken};
use twin::time::Timestamp;

use super::around::{Around, Looks};
use super::crowd::Crowd;
use super::{CHECKS, Finding, Selected, holding};
use crate::access::{Action, Principal, authorize};
use crate::core::Core;
use crate::sync::locked;
use crate::{Error, audit};

/// What checks found, for everybody who looks.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    board: Mutex<Board>,
    /// Held while somebody looks around: everybody else takes what was seen last.
    looks: tokio::sync::Mutex<Looks>,
    /// Checks are taken one at a time.
    taking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Board {
    /// What the store had at the start was read.
    is_read: bool,
    kept: BTreeMap<String, Kept>,
    around: Arc<Around>,
    crowds: Arc<Vec<Crowd>>,
    looked_at: Option<Duration>,
}

/// A check that holds, or did a moment ago.
#[derive(Debug, Clone)]
struct Kept {
    since: Timestamp,
    taken: Option<Taken>,
    /// When it was last seen to hold, by the monotonic clock.
    held_at: Duration,
    is_stored: bool,
}

impl Checks {
    /// Looks around and at what devices have in common, unless that was done a short while ago.
    pub(crate) async fn look(&self, core: &Arc<Core>) -> Result<(), Error> {
        let is_due = || {
            let now = core.clock.monotonic();
            let looked_at = locked(&self.board).looked_at;
            looked_at.is_none_or(|at| now.saturating_sub(at) >= core.limits.checks_interval)
        };
        if !is_due() {
            return Ok(());
        }
        let mut looks = self.looks.lock().await;
        if !is_due() {
            return Ok(());
        }
        self.read(core).await?;
        let around = Arc::new(Around::look(core, &mut looks).await);
        let (seen, now) = (Arc::clone(&around), core.clock.now());
        let crowds =
            move |columns: &Columns| Selected::of(columns, &seen, Context { now }).crowds(columns);
        let crowds = core.index.pass(core, crowds).await;
        let mut board = locked(&self.board);
        board.around = around;
        board.crowds = Arc::new(crowds);
        board.looked_at = Some(core.clock.monotonic());
        Ok(())
    }

    /// What was seen around the devices at the last look.
    pub(crate) fn around(&self) -> Arc<Around> {
        Arc::clone(&locked(&self.board).around)
    }

    /// What needs a person, worst and oldest first.
    pub(crate) fn findings(
        &self,
        core: &Core,
        selected: &Selected,
        now: Timestamp,
    ) -> Vec<Finding> {
        let monotonic = core.clock.monotonic();
        let mut board = locked(&self.board);
        let mut findings = holding(selected, &board.crowds, &board.around, now);
        for finding in &mut findings {
            let kept = board.kept.entry(finding.id.to_owned()).or_insert(Kept {
                since: now,
                taken: None,
                held_at: monotonic,
                is_stored: false,
            });
            kept.held_at = monotonic;
            finding.since = kept.since;
            finding.taken.clone_from(&kept.taken);
        }
        drop(board);
        findings.sort_by_key(|finding| (finding.severity, finding.since, finding.id));
        findings
    }

    /// Brings the store in step: what began to hold is kept, what settled is forgotten.
    ///
    /// # Errors
    /// When the store fails; the next round tries again.
    pub(crate) async fn settle(&self, core: &Core) -> Result<(usize, usize), Error> {
        let now = core.clock.monotonic();
        let (mut begun, mut over) = (Vec::new(), Vec::new());
        for (id, kept) in &locked(&self.board).kept {
            if now.saturating_sub(kept.held_at) >= core.limits.check_settle {
                over.push(id.clone());
            } else if !kept.is_stored {
                begun.push((id.clone(), kept.since));
            }
        }
        for (id, since) in &begun {
            core.store.open_attention(id, *since).await?;
            if let Some(kept) = locked(&self.board).kept.get_mut(id) {
                kept.is_stored = true;
            }
        }
        for id in &over {
            core.store.close_attention(id).await?;
            locked(&self.board).kept.remove(id);
        }
        Ok((begun.len(), over.len()))
    }

    /// Takes a check, or gives it back.
    pub(crate) async fn take(
        &self,
        core: &Core,
        principal: &Principal,
        id: &str,
        is_taken: bool,
    ) -> Result<(), Error> {
        authorize(principal, Action::TakeCheck)?;
        let _one_at_a_time = self.taking.lock().await;
        self.read(core).await?;
        let kept = locked(&self.board).kept.get(id).cloned();
        let mut kept = kept.ok_or_else(|| Error::NotFound {
            what: "Check",
            name: id.to_owned(),
        })?;
        let by = match principal {
            Principal::Person { name, .. } | Principal::Service { policy: name, .. } => {
                name.clone()
            }
            Principal::Device(id) => id.to_string(),
            Principal::System(part) => (*part).to_owned(),
        };
        match &kept.taken {
            Some(taken) if is_taken && taken.by == by => return Ok(()),
            Some(taken) if is_taken => {
                return Err(Error::Invalid(format!(
                    "{} has taken it already.",
                    taken.by
                )));
            }
            None if !is_taken => return Ok(()),
            _ => {}
        }
        let at = core.clock.now();
        kept.taken = is_taken.then_some(Taken { by, at });
        let action = if is_taken {
            "check.take"
        } else {
            "check.release"
        };
        let entry = audit::done(core, principal, action, id)
            .detail(json!({ "since": kept.since.to_string() }))
            .entry();
        let attention = Attention {
            id: id.to_owned(),
            since: kept.since,
            taken: kept.taken.clone(),
        };
        core.store.put_attention(&attention, Some(entry)).await?;
        kept.is_stored = true;
        locked(&self.board).kept.insert(id.to_owned(), kept);
        Ok(())
    }

    /// Reads what the store kept from before the start, once.
    async fn read(&self, core: &Core) -> Result<(), Error> {
        if locked(&self.board).is_read {
            return Ok(());
        }
        let attentions = core.store.attentions().await?;
        let now = core.clock.monotonic();
        let mut board = locked(&self.board);
        if !board.is_read {
            for attention in attentions {
                // A check of a version that had others is forgotten when it settles.
                let is_ours = CHECKS.iter().any(|check| check.id() == attention.id);
                tracing::debug!(
                    check = attention.id,
                    is_ours,
                    "A check held before the start."
                );
                board.kept.insert(
                    attention.id,
                    Kept {
                        since: attention.since,
                        taken: attention.taken,
                        held_at: now,
                        is_stored: true,
                    },
                );
            }
            board.is_read = true;
        }
        Ok(())
    }
}

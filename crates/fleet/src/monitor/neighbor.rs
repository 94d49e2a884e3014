//! The device next to another one in a list, so that a person goes from one to the next without the list.

use columns::PageAt;
use twin::id::DeviceId;

use super::Monitor;
use super::building::Asker;
use super::find::{Sort, order_of};
use super::question::{QueryError, Question};
use crate::access::{Action, Principal, authorize};

/// Where a neighbor lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// Before the device.
    Previous,
    /// After it.
    Next,
}

/// What lies beside a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Neighbor {
    /// This device.
    Device(DeviceId),
    /// Nothing: it is at the end.
    None,
    /// Nobody knows without reading every document, which is not done for one step.
    Unknown,
}

impl Monitor {
    /// The device beside another one in the list of those that match a condition, in an order. The device itself
    /// need not match any more: its place is where it would be.
    ///
    /// # Errors
    /// As [`Monitor::find`].
    pub async fn neighbor(
        &self,
        principal: &Principal,
        id: &DeviceId,
        (condition, sort): (&str, Vec<Sort>),
        toward: Toward,
    ) -> Result<Neighbor, QueryError> {
        authorize(principal, Action::ReadFleet)?;
        let mut question = Question::read(&self.core, condition)?;
        if !sort.is_empty() {
            question.order_by = order_of(sort)?;
        }
        let id = id.clone();
        let found = self
            .core
            .ask_columns(Asker::Person, move |columns| {
                let all = columns.all();
                let selection = match &question.condition {
                    None => all,
                    Some(condition) => columns.filter(condition, &question.context).ok()?,
                };
                let order = &question.order_by;
                let Some(place) = columns.cursor(order, &id).ok()? else {
                    return Some(Neighbor::None);
                };
                let at = match toward {
                    Toward::Previous => PageAt::Before(&place),
                    Toward::Next => PageAt::After(&place),
                };
                let page = columns.page(order, &selection, at, 1).ok()?;
                let next = page.slots.first().and_then(|slot| columns.device_id(*slot));
                Some(next.map_or(Neighbor::None, Neighbor::Device))
            })
            .await?;
        Ok(found.unwrap_or(Neighbor::Unknown))
    }
}

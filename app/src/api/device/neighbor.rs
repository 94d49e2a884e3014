//! The device beside another one in the list that a person came from.

use fleet::monitor::{Neighbor, Toward};

use crate::api::devices::sort_of;
use crate::api::{Caller, Code, Problem, refuse};

impl Caller {
    /// The device before another one in a list, or after it.
    pub(crate) async fn neighbor(
        &self,
        id: &str,
        condition: &str,
        sort: Option<&str>,
        is_next: bool,
    ) -> Result<Option<String>, Problem> {
        let device = super::ask::known(id)?;
        let toward = if is_next {
            Toward::Next
        } else {
            Toward::Previous
        };
        let monitor = self.fleet.monitor();
        let list = (condition, vec![sort_of(sort)]);
        match monitor
            .neighbor(&self.principal, &device, list, toward)
            .await?
        {
            Neighbor::Device(id) => Ok(Some(id.to_string())),
            Neighbor::None => Ok(None),
            Neighbor::Unknown => Err(refuse(Problem::new(
                Code::Invalid,
                "This list names a property that is not declared, so it is not gone through step by step. Open the list instead.",
            ))),
        }
    }
}

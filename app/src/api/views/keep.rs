//! Views as the fleet keeps them, in the console's words.

use fleet::plan::Counted;
use store::{GroupId, Saved};

use super::{Draft, Given, Kept, View, Views};
use crate::api::devices::split;
use crate::api::{Caller, Problem};
use crate::conditions;

impl Caller {
    /// All views.
    pub(crate) async fn views(&self) -> Result<Views, Problem> {
        let counted = self.fleet.plan().groups(&self.principal).await?;
        let overview = self.fleet.monitor().overview().await;
        let figures = overview.figures;
        // Figures of a part of the fleet are no counts.
        let is_whole = self.fleet.monitor().freshness().building.is_none();
        let given = |(name, query, devices): (&str, &str, u64)| Given {
            name: name.to_owned(),
            query: query.to_owned(),
            devices: is_whole.then_some(devices),
        };
        let all = [
            ("All", "", figures.total),
            ("Drifting", conditions::DRIFTING, figures.drifting),
            ("Refusing", conditions::REFUSING, figures.refusing),
            ("Silent over 24 h", conditions::SILENT, figures.silent),
        ];
        Ok(Views {
            given: all.map(given).into(),
            saved: counted.iter().map(View::from).collect(),
        })
    }

    /// Saves a view.
    pub(crate) async fn save_view(&self, draft: Draft) -> Result<Kept, Problem> {
        let Draft {
            over,
            name,
            description,
            query,
            sort,
            columns,
        } = draft;
        let saved = Saved {
            name,
            description,
            condition: query,
            sort: sort.unwrap_or_default(),
            columns: columns.as_deref().map(split).unwrap_or_default(),
        };
        let plan = self.fleet.plan();
        let id = match over {
            None => plan.create_group(&self.principal, saved).await?,
            Some((id, revision)) => {
                let id = GroupId(id);
                plan.change_group(&self.principal, id, revision, saved)
                    .await?;
                id
            }
        };
        Ok(self.kept(id).await)
    }

    /// Deletes a view.
    pub(crate) async fn delete_view(&self, id: i64, reason: &str) -> Result<Kept, Problem> {
        let id = GroupId(id);
        let plan = self.fleet.plan();
        plan.delete_group(&self.principal, id, reason).await?;
        Ok(self.kept(id).await)
    }

    /// What came of a change that is committed, whether or not it can be read again.
    async fn kept(&self, id: GroupId) -> Kept {
        Kept {
            id: id.0,
            views: self.views().await.ok(),
        }
    }
}

impl From<&Counted> for View {
    fn from(counted: &Counted) -> Self {
        let group = counted.group.clone();
        let Saved {
            name,
            description,
            condition,
            sort,
            columns,
        } = group.saved;
        Self {
            id: group.id.0,
            revision: group.revision,
            name,
            description,
            query: condition,
            sort: Some(sort).filter(|sort| !sort.is_empty()),
            columns: Some(columns.join(",")).filter(|columns| !columns.is_empty()),
            created_by: group.created_by,
            created_at: group.created_at,
            devices: counted.devices,
        }
    }
}

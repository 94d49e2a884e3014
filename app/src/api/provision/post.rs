//! The form of one device, sent by the browser alone: what it says, and what comes of it.

use fleet::Fleet;
use fleet::access::Principal;
use serde::Deserialize;

use super::{Draft, Hub, Posted, many};
use crate::api::Caller;
use crate::shell::Installation;

/// What a page answers: a context that the server provides when it renders the answer to a form.
#[derive(Clone, Debug)]
pub enum Brought {
    /// The form of one device.
    One(Box<Posted>),
    /// A file of many.
    Many(Box<many::Stage>),
}

/// The fields of the form, by their names in the page.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct PostedForm {
    device_id: String,
    keys: String,
    primary_key: String,
    secondary_key: String,
    tags: String,
    desired: String,
}

impl std::fmt::Debug for PostedForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostedForm")
            .field("device_id", &self.device_id)
            .finish_non_exhaustive()
    }
}

/// Enrolls the device of a form. Gives what the page shows, and the status of the answer.
pub async fn post(
    fleet: &Fleet,
    principal: &Principal,
    here: &Installation,
    form: PostedForm,
) -> (Brought, u16) {
    let are_keys_given = form.keys == "given";
    let key = |text| if are_keys_given { text } else { String::new() };
    // Browsers send line ends as CR LF.
    let text = |text: String| text.replace("\r\n", "\n");
    let draft = Draft {
        id: form.device_id,
        primary_key: key(form.primary_key),
        secondary_key: key(form.secondary_key),
        tags: text(form.tags),
        desired: text(form.desired),
    };
    let caller = Caller {
        fleet: fleet.clone(),
        principal: principal.clone(),
    };
    let outcome = caller.enroll(draft.clone(), Hub::of(here)).await;
    let status = outcome
        .as_ref()
        .err()
        .map_or(200, |problem| problem.code.status());
    let posted = Posted {
        draft: if outcome.is_ok() {
            Draft::default()
        } else {
            draft
        },
        are_keys_given,
        outcome,
    };
    (Brought::One(Box::new(posted)), status)
}

#[cfg(test)]
mod tests {
    use fleet::access::Role;

    use super::super::enroll::testing::fleet;
    use super::*;

    fn here() -> Installation {
        Installation {
            host_name: "hub.example".to_owned(),
            mqtts_port: 8883,
            ca_pem: None,
            environment: "production".to_owned(),
            version: "1".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_form_enrolls_and_a_wrong_one_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let fleet = fleet(&folder).await;
        let (id, name) = (1, "olga".to_owned());
        let olga = Principal::Person {
            id,
            name,
            role: Role::Operator,
        };
        let form = |device_id: &str| PostedForm {
            device_id: device_id.to_owned(),
            keys: "made".to_owned(),
            primary_key: "not base64".to_owned(),
            tags: "region = Nord\r\nfloor = 2".to_owned(),
            ..PostedForm::default()
        };
        let (brought, status) = post(&fleet, &olga, &here(), form("am4-1")).await;
        let Brought::One(posted) = brought else {
            panic!("another page")
        };
        let enrolled = posted.outcome.unwrap();
        assert_eq!(
            (status, enrolled.device.tags["floor"].as_u64()),
            (200, Some(2))
        );
        assert_eq!(enrolled.hub.host_name, "hub.example");
        assert_eq!(posted.draft, Draft::default());

        let (brought, status) = post(&fleet, &olga, &here(), form("a b")).await;
        let Brought::One(posted) = brought else {
            panic!("another page")
        };
        let problem = posted.outcome.unwrap_err();
        assert_eq!((status, problem.field.as_deref()), (422, Some("device-id")));
        assert_eq!(posted.draft.tags, "region = Nord\nfloor = 2");
    }
}

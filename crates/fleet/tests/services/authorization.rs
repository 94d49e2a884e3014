//! The whole table: every action for every role and every policy.

use fleet::access::{Action, Permission, Principal, Role, authorize};

use crate::world::{id, person, service};

/// Who may do what, written down a second time on purpose: `a`dmin, `o`perator, `s`upervisor; then the
/// permission that a policy needs.
const TABLE: [(Action, &str, Option<Permission>); 23] = [
    (Action::ReadFleet, "aos", Some(Permission::ServiceConnect)),
    (Action::ReadDevice, "aos", Some(Permission::ServiceConnect)),
    (Action::ReadRegistry, "aos", Some(Permission::RegistryRead)),
    (Action::ReadKeys, "ao", Some(Permission::RegistryRead)),
    (Action::ReadAudit, "aos", None),
    (Action::ReadInternals, "aos", None),
    (
        Action::CreateDevice,
        "ao",
        Some(Permission::RegistryReadWrite),
    ),
    (
        Action::UpdateDevice,
        "ao",
        Some(Permission::RegistryReadWrite),
    ),
    (
        Action::DeleteDevice,
        "ao",
        Some(Permission::RegistryReadWrite),
    ),
    (Action::RetireDevice, "ao", None),
    (Action::SimulateDevice, "ao", None),
    (Action::ChangeTwin, "ao", Some(Permission::ServiceConnect)),
    (Action::InvokeMethod, "ao", Some(Permission::ServiceConnect)),
    (Action::TakeCheck, "ao", None),
    (Action::RunJobs, "ao", None),
    (
        Action::DeclareProperty,
        "ao",
        Some(Permission::RegistryReadWrite),
    ),
    (Action::ManageGroups, "ao", None),
    (Action::ExportFleet, "aos", None),
    (Action::ReadPeople, "aos", None),
    (Action::ManagePeople, "a", None),
    (Action::ReadPolicies, "aos", None),
    (Action::ManagePolicies, "a", None),
    (Action::ConnectAsDevice, "", Some(Permission::DeviceConnect)),
];

#[test]
fn every_action_for_every_principal() {
    let listed: Vec<_> = TABLE.iter().map(|(action, ..)| *action).collect();
    assert_eq!(listed, Action::ALL, "the table is whole");
    for (action, roles, permission) in TABLE {
        for role in Role::ALL {
            let letter = role.as_str().chars().next().unwrap();
            let may = authorize(&person("p", role), action).is_ok();
            assert_eq!(may, roles.contains(letter), "{action:?} {role:?}");
            assert_eq!(action.allows(role), may);
        }
        for granted in Permission::ALL {
            let may = authorize(&service(&[granted]), action).is_ok();
            assert_eq!(may, permission == Some(granted), "{action:?} {granted:?}");
        }
        let device = Principal::Device(id("d1"));
        assert_eq!(
            authorize(&device, action).is_ok(),
            action == Action::ConnectAsDevice
        );
        assert!(authorize(&Principal::System("test"), action).is_ok());
    }
}

#[test]
fn a_refusal_says_who_may_and_who_grants_it() {
    let refusal =
        |principal: &Principal, action| authorize(principal, action).unwrap_err().to_string();
    let supervisor = person("sam", Role::Supervisor);
    assert_eq!(
        refusal(&supervisor, Action::ChangeTwin),
        "Roles admin and operator may change tags and desired properties; your role is supervisor. An administrator can grant it."
    );
    assert_eq!(
        refusal(&supervisor, Action::ManagePeople),
        "Only role admin may manage people; your role is supervisor. An administrator can grant it."
    );
    assert_eq!(
        refusal(&service(&[Permission::RegistryRead]), Action::ChangeTwin),
        "Authorization rule 'test' does not allow access for 'ServiceConnect'"
    );
}

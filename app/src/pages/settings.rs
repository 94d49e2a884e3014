//! The pages beside the line: people, service policies, the values in force, what goes on inside, and the inventory
//! of parts.

mod head;
mod internals;
mod limits;
mod parts;
mod people;
mod policies;

pub use internals::InternalsPage;
pub use limits::LimitsPage;
pub use parts::PartsPage;
pub use people::PeoplePage;
pub use policies::PoliciesPage;

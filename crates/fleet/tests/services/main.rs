//! The services over a real store: SQLite in a temporary directory, a clock that is moved by hand, seeded
//! chance, and an outlet that writes down what it is told.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as expected"
)]

mod access;
mod authorization;
mod building;
mod checks;
mod enrolling;
mod export;
mod groups;
mod held;
mod jobs;
mod keys;
mod live;
mod methods;
mod monitoring;
mod narrowing;
mod overview;
mod plan;
mod provisioning;
mod queries;
mod report;
mod retire;
mod running;
mod tasks;
mod timeline;
mod twins;
mod world;

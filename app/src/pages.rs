//! The screens, one file each, by the stage of a device's life.
//!
//! A page asks for what it shows and lays out parts in `view()`; it holds no markup that a part could hold, and writes no
//! URL and no style.

#![expect(
    unreachable_pub,
    reason = "the component macro writes items beside those that are re-exported"
)]

mod copy;
pub mod device;
pub mod devices;
pub mod jobs;
pub mod monitor;
mod not_found;
mod password;
pub mod plan;
pub mod provision;
pub mod report;
pub mod retire;
mod save_view;
pub mod settings;
mod sign_in;
mod trouble;

pub(crate) use copy::CopyButton;
pub use not_found::NotFound;
pub use password::ChoosePasswordPage;
pub use sign_in::SignInPage;
pub(crate) use trouble::Absent;
pub use trouble::Trouble;

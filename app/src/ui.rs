//! The parts of every page: they know shapes and words for shapes, nothing of devices.
//!
//! A part sets attributes (`data-is`, `data-kind`, `aria-*`); the style sheets do the rest. Parts take data and
//! callbacks and never fetch. What stands here is shown in all its states on the page of parts.

#![expect(
    unreachable_pub,
    reason = "the component macro writes items beside those that are re-exported"
)]

mod asleep;
mod bar;
mod button;
mod chart;
mod control;
mod dialog;
mod icon;
mod later;
mod layout;
mod mark;
mod notice;
mod show;
mod spark;
mod stat;
mod table;
mod tabs;
mod timeline;
mod trend;

pub(crate) use asleep::{Room, asleep, soon};
pub use bar::{Bar, Share, Slice, Stack};
pub use button::{Button, KeyNames, Kind, LinkButton, Size};
pub use chart::{Chart, Course};
pub use control::{Control, TextInput};
pub use dialog::{Dialog, Sheet, modal};
pub use icon::{Brand, Icon, Sprite, Symbol};
pub(crate) use later::{Part, later};
pub use layout::{Headline, PageHead, Section};
pub use mark::{Is, Mark, State};
pub use notice::{Badge, Empty, Ghost, GhostRows, Notice, Patience};
pub use show::{Condition, For, Show};
pub use spark::{Sparkline, outline};
pub use stat::Stat;
pub use table::{Order, SortHead};
pub use tabs::{Choice, Segmented, Tab, Tabs};
pub use timeline::{Moment, Timeline};
pub use trend::Trend;

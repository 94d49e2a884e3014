//! Configuration: one struct per section, from flags and environment variables. `tandem serve --help`
//! documents every value; nothing else in the binary reads the environment.

mod console;
mod data;
mod demo;
mod hub;
mod remote;
mod shown;

pub(crate) use console::Console;
pub(crate) use data::Data;
pub(crate) use demo::Demo;
pub(crate) use hub::Hub;
pub(crate) use remote::Remote;
pub(crate) use shown::shown;

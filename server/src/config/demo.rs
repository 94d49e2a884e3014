use clap::Args;

/// A fleet to look at.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Demonstration")]
#[expect(clippy::struct_field_names, reason = "fields are named as their flags")]
pub(crate) struct Demo {
    /// Run a demonstration fleet of this many simulated devices, which connect over real MQTT and TLS,
    /// and make the accounts `operator` and `supervisor` beside `admin`.
    #[arg(long, env = "TANDEM_DEMO", value_name = "DEVICES", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) demo: Option<u32>,

    /// Seed of the demonstration fleet: the same seed makes the same devices and faults.
    #[arg(
        long,
        env = "TANDEM_DEMO_SEED",
        default_value_t = 7,
        value_name = "NUMBER"
    )]
    pub(crate) demo_seed: u64,

    /// Password of the accounts `admin`, `operator` and `supervisor` (first start); made up and printed
    /// once unless given.
    #[arg(
        long,
        env = "TANDEM_ADMIN_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub(crate) admin_password: Option<String>,
}

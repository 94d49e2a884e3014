use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use app::Installation;
use app::api::provision::many::Desk;
use app::api::settings::Machine;
use clap::Args;
use fleet::Fleet;
use fleet::clock::SystemRng;
use gateway::tls;
use leptos::prelude::LeptosOptions;

use crate::config::{self, Console as ConsoleConfig, Data, Demo, Hub};
use crate::console::{Console, Door, Peer, router};
use crate::serving::{Serving, Whereabouts};
use crate::simulator::OwnHub;
use crate::site::Site;
use crate::telemetry::{self, Log};
use crate::{demo, shutdown, wire_up};

/// How long a stop waits for what was begun.
const GRACE: Duration = Duration::from_secs(10);

/// `tandem serve`.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    #[command(flatten)]
    console: ConsoleConfig,
    #[command(flatten)]
    hub: Hub,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    demo: Demo,
    #[command(flatten)]
    log: Log,
}

impl Serve {
    pub(crate) async fn run(self) -> Result<()> {
        self.log.start()?;
        let metrics = telemetry::metrics()?;
        let site = Site::load(&self.console.site)?;
        let mut serving = Serving::begin(&self.data).await?;
        let wired = wire_up::serve(&self.data, &self.hub.host_name, &serving).await?;
        let fleet = wired.fleet;
        let made_up = fleet
            .access()
            .ensure_admin(self.demo.admin_password.clone())
            .await?;

        let (hub, ca_pem) = self.start_hub(&fleet).await?;
        let own_chain = self.hub.hub_tls_cert.clone();
        self.let_simulate(&fleet, hub.mqtts_addr, ca_pem.as_deref())?;
        serving.announce(&Whereabouts {
            hub_https: hub.https_addr,
            host_name: self.hub.host_name.clone(),
            ca_file: std::path::absolute(own_chain.unwrap_or_else(|| self.data.file("ca.pem")))?,
        })?;

        let stop = shutdown::on_signal();
        let environment = if self.demo.demo.is_some() {
            "demonstration"
        } else {
            "production"
        };
        let door = Door::open(self.console.console_addr, self.console.tls()).await?;
        let console_addr = door.address();
        let console = Console {
            fleet: fleet.clone(),
            machine: self.machine(&hub, &door),
            installation: Installation {
                host_name: self.hub.host_name.clone(),
                mqtts_port: hub.mqtts_addr.port(),
                ca_pem: ca_pem.clone(),
                environment: environment.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            site,
            metrics,
            rng: Arc::new(SystemRng::new()),
            desk: Desk::default(),
            is_encrypted: self.console.tls().is_some(),
            options: LeptosOptions::builder().output_name("frontend").build(),
        };
        let service = router(console).into_make_service_with_connect_info::<Peer>();
        let stopped = stop.clone().cancelled_owned();
        let console = tokio::spawn(async move {
            axum::serve(door, service)
                .with_graceful_shutdown(stopped)
                .await
        });

        let swarm = match self.demo.demo {
            Some(devices) => {
                let ca_pem = ca_pem
                    .context("a demonstration fleet needs the hub's own certificate authority")?;
                let setting = demo::Setting {
                    devices,
                    seed: self.demo.demo_seed,
                    password: self.demo.admin_password.clone().or(made_up.clone()),
                    host_name: self.hub.host_name.clone(),
                    mqtts_addr: hub.mqtts_addr,
                    ca_pem,
                };
                Some(demo::start(&fleet, setting, stop.clone()).await?)
            }
            None => None,
        };
        self.announce(console_addr, &hub, made_up.as_deref());

        console.await.context("the console stopped")??;
        if let Some(swarm) = swarm {
            swarm.await.context("the demonstration fleet stopped")?;
        }
        let is_drained = hub.shutdown(GRACE).await & fleet.shutdown(GRACE).await;
        wired.store.close().await;
        if !is_drained {
            tracing::warn!("Stopped before everything that was begun had finished.");
        }
        Ok(())
    }

    /// Lets people try devices that the server plays. They trust the hub by its own authority, or by its chain.
    fn let_simulate(
        &self,
        fleet: &Fleet,
        mqtts_addr: SocketAddr,
        ca_pem: Option<&str>,
    ) -> Result<()> {
        let chain = match (ca_pem, &self.hub.hub_tls_cert) {
            (Some(pem), _) => pem.as_bytes().to_vec(),
            (None, Some(chain)) => std::fs::read(chain)?,
            (None, None) => return Ok(()),
        };
        let hub = OwnHub::new(&self.hub.host_name, mqtts_addr, &chain)?;
        fleet.provision().set_simulator(Arc::new(hub));
        Ok(())
    }

    /// What pages may know of the server around the fleet.
    fn machine(&self, hub: &gateway::Running, door: &Door) -> Machine {
        let (hub, doorstep) = (hub.queues(), door.doorstep());
        Machine {
            configured: config::shown(&self.console, &self.hub, &self.data).into(),
            queues: Arc::new(move || {
                let mut queues = hub.look();
                queues.push(doorstep.queue());
                queues
            }),
        }
    }

    /// Lets devices and service clients in. Gives the authority that they must trust, unless the certificate is of
    /// somebody else's.
    async fn start_hub(&self, fleet: &Fleet) -> Result<(gateway::Running, Option<String>)> {
        let tls = tls::ensure(
            &self.data.data_dir,
            &self.hub.host_name,
            self.hub.own_certificate(),
            fleet.clock().now(),
        )
        .context("the hub's certificate cannot be used")?;
        let ca_pem = tls.ca_pem().map(str::to_owned);
        let shown = tls.clone();
        fleet.set_certificate(move || shown.expires_at());
        let config = gateway::Config {
            mqtts_addr: self.hub.hub_mqtts_addr,
            https_addr: self.hub.hub_https_addr,
            host_name: self.hub.host_name.clone(),
            tls,
            limits: gateway::Limits::default(),
        };
        Ok((gateway::start(fleet.clone(), config).await?, ca_pem))
    }

    /// Says where everything is: one line each, for people and for programs that start this one.
    #[expect(
        clippy::print_stdout,
        reason = "the addresses are this command's output"
    )]
    fn announce(&self, console: SocketAddr, hub: &gateway::Running, made_up: Option<&str>) {
        let scheme = if self.console.tls().is_some() {
            "https"
        } else {
            "http"
        };
        println!("console    {scheme}://{console}");
        println!("hub-https  https://{}", hub.https_addr);
        println!("hub-mqtts  {}", hub.mqtts_addr);
        println!("data       {}", self.data.data_dir.display());
        if let Some(password) = made_up {
            let names = if self.demo.demo.is_some() {
                "admin, operator, supervisor"
            } else {
                "admin"
            };
            println!("password   {password}   (for {names}; shown this once)");
        }
        println!("ready");
    }
}

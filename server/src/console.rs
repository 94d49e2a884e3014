//! The console's HTTP surface: pages, server functions, the live socket, sign-in, files, health.

mod door;
mod file;
mod guard;
mod headers;
mod health;
mod live;
mod provision;
mod report;
mod session;

use std::sync::Arc;

use any_spawner::Executor;
use app::api::provision::many::Desk;
use app::api::settings::Machine;
use app::{Assets, Installation, Parts};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use fleet::Fleet;
use fleet::clock::Rng;
use leptos::prelude::*;
use leptos_axum::handle_server_fns_with_context;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::compression::CompressionLayer;

use crate::site::{self, Site};

pub(crate) use door::{Door, Peer};

/// What the console's handlers need.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) fleet: Fleet,
    pub(crate) site: Site,
    pub(crate) installation: Installation,
    pub(crate) metrics: PrometheusHandle,
    /// What pages may know of the server around the fleet.
    pub(crate) machine: Machine,
    /// What requests are named by.
    pub(crate) rng: Arc<dyn Rng>,
    /// What waits between two requests of a person who enrolls devices.
    pub(crate) desk: Desk,
    /// Whether the console itself speaks TLS.
    pub(crate) is_encrypted: bool,
    pub(crate) options: LeptosOptions,
}

impl FromRef<Console> for Site {
    fn from_ref(console: &Console) -> Self {
        console.site.clone()
    }
}

impl FromRef<Console> for LeptosOptions {
    fn from_ref(console: &Console) -> Self {
        console.options.clone()
    }
}

/// All routes of the console.
pub(crate) fn router(console: Console) -> Router {
    // What pages wait for runs where the server runs. Fails where it is set already: tests make more than one console.
    let _ = Executor::init_tokio();
    let provide = {
        let console = console.clone();
        move || {
            provide_context(console.fleet.clone());
            provide_context(console.installation.clone());
            provide_context(console.machine.clone());
            headers::provide_policy();
        }
    };
    let document = {
        let assets = assets(&console.site);
        move || app::shell(assets.clone())
    };
    let page = leptos_axum::render_app_async_with_context(provide, document);
    let pages = app::router::paths()
        .fold(Router::<Console>::new(), |pages, path| {
            let page = page.clone();
            pages.route(&path, get(move |request: Request<Body>| page(request)))
        })
        .merge(provision::routes())
        .layer(middleware::from_fn_with_state(
            console.clone(),
            report::table_or_page,
        ))
        .layer(CompressionLayer::new());

    Router::new()
        .route(
            "/api/{*function}",
            any(server_function).layer(CompressionLayer::new()),
        )
        .route(
            &format!("/{}", app::routes::DEVICES_FILE),
            get(file::devices),
        )
        .route("/live", get(live::upgrade))
        .route("/session", post(session::sign_in))
        .route("/session/password", post(session::choose_password))
        .route("/session/end", post(session::sign_out))
        .merge(pages)
        .fallback(move |request: Request<Body>| page(request))
        .layer(middleware::from_fn_with_state(
            console.clone(),
            guard::admit,
        ))
        // Below: no session, so that probes and cached files cost nothing.
        .route("/pkg/{id}/{name}", get(site::file))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .layer(middleware::from_fn_with_state(
            console.clone(),
            headers::secure,
        ))
        .with_state(console)
}

async fn server_function(State(console): State<Console>, request: Request) -> Response {
    let provide = move || {
        provide_context(console.fleet.clone());
        provide_context(console.installation.clone());
        provide_context(console.machine.clone());
    };
    handle_server_fns_with_context(provide, request)
        .await
        .into_response()
}

/// The addresses of the built files that a document names.
fn assets(site: &Site) -> Assets {
    let manifest = site.manifest();
    let root = format!("/pkg/{}", manifest.id);
    let at = |name: &str| format!("{root}/{name}");
    let pages = manifest
        .pages
        .iter()
        .map(|(function, page)| (function.as_str(), page.whole.as_str()));
    Assets {
        id: manifest.id.clone(),
        js: at(&manifest.js),
        wasm: at(&manifest.wasm),
        css: at(&manifest.css),
        fonts: vec![
            at("atkinson-hyperlegible-next-latin-wght-normal.woff2"),
            at("commit-mono-latin-400-normal.woff2"),
        ],
        icon: Some(at("tandem.svg")),
        parts: Parts::new(&root, &manifest.split, pages),
    }
}

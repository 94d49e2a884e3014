//! The HTTPS surface: service REST (contract section 4), device HTTPS (3.1), the WebSocket door (2.10), and
//! declared properties, which the contract does not have.
//!
//! One endpoint is one file: its parameters, one call of the fleet, its answer. What all of them share is here and in
//! the files beside:
//!
//! - [`caller`] proves who asks, before anything of the request is looked at;
//! - [`path`] makes one spelling of the many that clients use;
//! - [`answer`] and [`refusal`] are the two shapes of an answer;
//! - [`server`] is the connection below.

mod answer;
mod body;
mod caller;
mod devices;
mod events;
mod methods;
mod mqtt_socket;
mod path;
mod properties;
mod query;
mod refusal;
mod server;
mod statistics;
mod twins;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::Response;
use axum::middleware::{self, Next};
use axum::routing::{any, delete, get, post};
use tower::ServiceExt as _;
use wire::status::ErrorCode;

use crate::figures;
use crate::hub::Hub;
use crate::listener::Peer;

use refusal::Refused;

pub(crate) use server::serve;

/// All endpoints. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Surface {
    hub: Arc<Hub>,
    router: Router,
}

impl Surface {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let router = Router::new()
            .route(
                "/devices",
                get(devices::list::get).post(devices::bulk::post),
            )
            .route(
                "/devices/{id}",
                get(devices::get::get)
                    .put(devices::put::put)
                    .delete(devices::delete::delete)
                    .post(query::post),
            )
            .route("/devices/{id}/modules", get(devices::modules::get))
            .route("/devices/{id}/commands", delete(devices::commands::delete))
            .route("/devices/{id}/messages/events", post(events::post))
            .route("/properties", get(properties::list::get))
            .route(
                "/properties/{path}",
                get(properties::get::get)
                    .put(properties::put::put)
                    .delete(properties::delete::delete),
            )
            .route("/statistics/devices", get(statistics::devices::get))
            .route("/statistics/service", get(statistics::service::get))
            .route(
                "/twins/{id}",
                get(twins::get::get)
                    .patch(twins::change::change)
                    .put(twins::change::change),
            )
            .route("/twins/{id}/methods", post(methods::post))
            .route("/$iothub/websocket", any(mqtt_socket::any))
            .route_layer(middleware::from_fn(count))
            .method_not_allowed_fallback(not_allowed)
            .fallback(not_found)
            .with_state(Arc::clone(&hub));
        Self { hub, router }
    }

    /// Answers one request.
    pub(crate) async fn call(self, mut request: Request, peer: Peer) -> Response<Body> {
        path::normalize(request.uri_mut());
        request.extensions_mut().insert(peer);
        let response = match self.router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        refusal::render(&self.hub, response)
    }
}

async fn count(path: MatchedPath, request: Request, next: Next) -> Response<Body> {
    let method = request.method().clone();
    let response = next.run(request).await;
    figures::request(method.as_str(), path.as_str(), response.status().as_u16());
    response
}

async fn not_found() -> Refused {
    Refused::new(
        ErrorCode::GenericNotFound,
        "There is nothing at this address.",
    )
}

async fn not_allowed() -> Refused {
    Refused::new(
        ErrorCode::OperationNotAllowedInCurrentState,
        "This address does not take this method.",
    )
}

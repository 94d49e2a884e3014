//! `GEO_WITHIN(path, lat, lon, km)` and `GEO_DISTANCE(path, lat, lon)`: where a device is.

use twin::scheme::PropertyType;

use super::{Args, Function};
use crate::term::Term;

/// The mean radius of the Earth, in kilometers (IUGG).
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

pub(super) static GEO_WITHIN: Function = Function {
    name: "GEO_WITHIN",
    aliases: &["GEOWITHIN"],
    signature: "GEO_WITHIN(path, lat, lon, km)",
    doc: "Whether the position at the path, an object with lat and lon in degrees, lies within so many kilometers of a point.",
    args_min: 4,
    args_max: 4,
    returns: PropertyType::Boolean,
    eval: |args| match (distance_km(args), args.number(3)) {
        (Some(distance), Some(most)) => Term::Bool(distance <= most),
        _ => Term::Undefined,
    },
    examples: &[
        (
            "GEO_WITHIN(properties.reported.position, 54.32, 10.13, 10)",
            "true",
        ),
        ("GEO_WITHIN(reported.position, 48.85, 2.35, 100)", "false"),
        ("GEO_WITHIN(reported.nothing, 0, 0, 1)", "undefined"),
    ],
};

pub(super) static GEO_DISTANCE: Function = Function {
    name: "GEO_DISTANCE",
    aliases: &["GEODISTANCE"],
    signature: "GEO_DISTANCE(path, lat, lon)",
    doc: "How far the position at the path lies from a point, in kilometers along the surface.",
    args_min: 3,
    args_max: 3,
    returns: PropertyType::Number,
    eval: |args| distance_km(args).map_or(Term::Undefined, Term::Number),
    examples: &[
        ("GEO_DISTANCE(reported.position, 54.32, 10.13) < 1", "true"),
        ("GEO_DISTANCE(reported.position, 'x', 10)", "undefined"),
    ],
};

/// The haversine distance between the position of the first argument and the point of the next two.
fn distance_km(args: &Args<'_, '_>) -> Option<f64> {
    let degrees = |value: Option<&twin::Value>| value.and_then(twin::Value::as_f64);
    let (lat, lon) = match args.term(0) {
        Term::Object(map) => (degrees(map.get("lat"))?, degrees(map.get("lon"))?),
        _ => return None,
    };
    let (to_lat, to_lon) = (args.number(1)?, args.number(2)?);
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let chord =
        half(lat, to_lat) + lat.to_radians().cos() * to_lat.to_radians().cos() * half(lon, to_lon);
    Some(2.0 * EARTH_RADIUS_KM * chord.sqrt().min(1.0).asin())
}

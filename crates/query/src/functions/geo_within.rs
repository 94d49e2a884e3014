//! `GEO_WITHIN(path, lat, lon, km)`: where a device is.

use twin::scheme::PropertyType;

use super::{Args, Function};
use crate::ast::{Expr, ExprKind, Literal};
use crate::lower::{Call, Comparison, Predicate};
use crate::term::{Term, number_value};

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
    refuse: Some(refuse),
    lower: Some(bounding_box),
    is_lowered_loosely: true,
    examples: &[
        (
            "GEO_WITHIN(properties.reported.position, 54.32, 10.13, 10)",
            "true",
        ),
        ("GEO_WITHIN(reported.position, 48.85, 2.35, 100)", "false"),
        ("GEO_WITHIN(reported.nothing, 0, 0, 1)", "undefined"),
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

/// What no point on the Earth and no distance is.
fn refuse(args: &[Expr]) -> Option<(usize, &'static str)> {
    let is_outside = |at: usize, least: f64, most: f64| match args.get(at).map(|arg| &arg.kind) {
        Some(ExprKind::Literal(Literal::Number(number))) => !(least..=most).contains(number),
        Some(ExprKind::Literal(_)) => true,
        _ => false,
    };
    if is_outside(1, -90.0, 90.0) {
        return Some((1, "A latitude is a number from -90 to 90."));
    }
    if is_outside(2, -180.0, 180.0) {
        return Some((2, "A longitude is a number from -180 to 180."));
    }
    is_outside(3, 0.0, f64::MAX).then_some((3, "A distance is a number of kilometers."))
}

/// The latitudes that a circle reaches, which a store can compare; the rest of it is for whoever reads the rows.
fn bounding_box(call: &Call<'_>) -> Option<Predicate> {
    let (Term::Number(lat), Term::Number(km)) = (call.constant(1)?, call.constant(3)?) else {
        return None;
    };
    // A device may report a latitude beyond the poles, which lies on the other side of the Earth.
    let reach = (km / EARTH_RADIUS_KM).to_degrees() + 1e-6;
    if call.is_negated || lat.abs() + reach >= 90.0 {
        return None;
    }
    let field = call.field(0)?.member("lat")?;
    let side = |op, degrees: f64| Predicate::Compare {
        field: field.clone(),
        op,
        value: number_value(degrees),
    };
    let within = [
        side(Comparison::Ge, lat - reach),
        side(Comparison::Le, lat + reach),
    ];
    let beyond = [side(Comparison::Lt, -90.0), side(Comparison::Gt, 90.0)];
    let [below, above] = beyond;
    Some(Predicate::Or(vec![
        Predicate::And(within.into()),
        below,
        above,
    ]))
}

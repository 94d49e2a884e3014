//! The leaves of a predicate in SQLite's words.
//!
//! A property is taken out of its document by `json_extract`, which finds a scalar without decoding the rest, and compared with a typed parameter. Three
//! confusions are guarded against by `json_type`, which is asked only after the comparison has held: booleans come out as 0 and 1, arrays and
//! objects come out as text, and every text is greater than every number.
//!
//! Numbers of extreme size are compared by their kind only, because the database reads some of them differently in the last bit. What lives in
//! memory or is shown in another form than it is kept in holds for every row.

use query::lower::{Comparison, Field, Predicate, TextTest, ValueKind};
use twin::Value;

use crate::sql::{Bind, Condition, Dialect};

const NUMBERS: &str = "('integer', 'real')";
const SCALARS: &str = "('null', 'true', 'false', 'integer', 'real', 'text')";

/// Between these sizes SQLite reads every decimal as the nearest double, as we do; beyond, it may be off by a few units in the last place.
const EXACT_SIZES: std::ops::Range<f64> = 1e-25..1e25;

/// SQLite's words, over the table `device AS d`.
pub(super) struct Sqlite;

impl Dialect for Sqlite {
    fn leaf(&self, leaf: &Predicate, out: &mut Condition) {
        let field = match leaf {
            Predicate::Drifting { is_negated } => {
                return out.push(if *is_negated {
                    "d.drift_count = 0"
                } else {
                    "d.drift_count > 0"
                });
            }
            Predicate::Compare { field, .. }
            | Predicate::In { field, .. }
            | Predicate::Defined { field, .. }
            | Predicate::Kind { field, .. }
            | Predicate::Text { field, .. } => field,
            Predicate::Always(_) | Predicate::And(_) | Predicate::Or(_) | Predicate::Unknown => {
                return out.push_superset("TRUE");
            }
        };
        match Source::of(field) {
            Some(Source::Column(column)) => column.leaf(leaf, out),
            Some(Source::Property(property)) => property.leaf(leaf, out),
            None => out.push_superset("TRUE"),
        }
    }
}

/// Where a field's value comes from.
enum Source<'a> {
    Column(Column),
    Property(Property<'a>),
}

impl<'a> Source<'a> {
    /// `None` for what is kept in another form than it is shown in.
    fn of(field: &'a Field) -> Option<Self> {
        let text = |sql| Some(Self::Column(Column { sql, is_text: true }));
        let number = |sql| {
            Some(Self::Column(Column {
                sql,
                is_text: false,
            }))
        };
        let property = |document, keys| Some(Self::Property(Property { document, keys }));
        match field {
            Field::Root(name) => match name.as_str() {
                "deviceId" => text("d.device_id"),
                "modelId" => text("d.model_id"),
                // Positions in the array that `record::write_identity` writes.
                "status" => text("json_extract(d.identity, '$[2]')"),
                "statusReason" => text("json_extract(d.identity, '$[3]')"),
                "authenticationType" => text("json_extract(d.identity, '$[6]')"),
                "version" => number("d.version"),
                _ => None,
            },
            Field::Tags(keys) => property("d.tags", keys),
            Field::Desired(keys) => property("d.desired", keys),
            Field::Reported(keys) => property("d.reported", keys),
            Field::DesiredVersion => number("d.desired_version"),
            Field::ReportedVersion => number("d.reported_version"),
            Field::DriftCount => number("d.drift_count"),
            Field::DriftRefused => number("d.drift_refused"),
            Field::DriftSince => None,
        }
    }
}

/// A column, or an expression as good as one: always of one type, or null for nothing.
struct Column {
    sql: &'static str,
    is_text: bool,
}

impl Column {
    fn leaf(&self, leaf: &Predicate, out: &mut Condition) {
        match leaf {
            Predicate::Compare { op, value, .. } => match self.typed(value) {
                Some(value) => {
                    out.push(self.sql);
                    out.push(operator(*op));
                    out.bind(value);
                }
                None if *op == Comparison::Ne => self.is_null(true, out),
                None => out.push("FALSE"),
            },
            Predicate::In { values, .. } => {
                out.push(self.sql);
                push_list(out, values.iter().filter_map(|value| self.typed(value)));
            }
            Predicate::Defined { is_negated, .. } => self.is_null(!is_negated, out),
            Predicate::Kind {
                kind, is_negated, ..
            } => {
                let is_of_kind = match kind {
                    ValueKind::Primitive => true,
                    ValueKind::String => self.is_text,
                    ValueKind::Number => !self.is_text,
                    ValueKind::Null | ValueKind::Bool | ValueKind::Array | ValueKind::Object => {
                        false
                    }
                };
                match (is_of_kind, *is_negated) {
                    (true, is_negated) => self.is_null(!is_negated, out),
                    (false, true) => out.push("TRUE"),
                    (false, false) => out.push("FALSE"),
                }
            }
            Predicate::Text {
                test,
                part,
                is_negated,
                ..
            } if self.is_text => {
                out.push(if *is_negated { "NOT " } else { "" });
                push_text_test(out, *test, part, |out| out.push(self.sql));
                out.push(" AND ");
                self.is_null(true, out);
            }
            _ => out.push("FALSE"),
        }
    }

    fn typed(&self, value: &Value) -> Option<Bind> {
        match value {
            Value::String(text) if self.is_text => Some(Bind::Text(text.clone())),
            Value::Number(number) if !self.is_text => Some(bind_number(number)),
            _ => None,
        }
    }

    fn is_null(&self, is_negated: bool, out: &mut Condition) {
        out.push(self.sql);
        out.push(if is_negated {
            " IS NOT NULL"
        } else {
            " IS NULL"
        });
    }
}

/// A property in a document.
struct Property<'a> {
    document: &'static str,
    keys: &'a [String],
}

impl Property<'_> {
    fn leaf(&self, leaf: &Predicate, out: &mut Condition) {
        match leaf {
            Predicate::Compare { op, value, .. } => self.compare(*op, value, out),
            Predicate::In { values, .. } => self.is_in(values, out),
            Predicate::Defined { is_negated, .. } => {
                self.kind(out);
                out.push(if *is_negated {
                    " IS NULL"
                } else {
                    " IS NOT NULL"
                });
            }
            Predicate::Kind {
                kind, is_negated, ..
            } => {
                self.kind(out);
                // A missing property has no kind and so is not of this one.
                out.push(if *is_negated { " IS NULL OR " } else { " IN " });
                if *is_negated {
                    self.kind(out);
                    out.push(" NOT IN ");
                }
                out.push(kinds(*kind));
            }
            Predicate::Text {
                test,
                part,
                is_negated,
                ..
            } => {
                out.push(if *is_negated { "NOT " } else { "" });
                push_text_test(out, *test, part, |out| self.value(out));
                self.and_kind_in("('text')", out);
            }
            _ => out.push_superset("TRUE"),
        }
    }

    fn compare(&self, op: Comparison, value: &Value, out: &mut Condition) {
        if op == Comparison::Ne {
            return self.differs(value, out);
        }
        match value {
            // They have an order of which nothing is known here: any scalar may hold.
            Value::Null | Value::Bool(_) if op != Comparison::Eq => {
                out.is_exact = false;
                self.kind_in(SCALARS, out);
            }
            Value::Null | Value::Bool(_) => {
                self.kind(out);
                out.push(&format!(" = '{}'", scalar_kind(value)));
            }
            Value::Number(number) if !is_exact(number) => {
                out.is_exact = false;
                self.kind_in(NUMBERS, out);
            }
            Value::Number(number) => {
                self.value(out);
                out.push(operator(op));
                out.bind(bind_number(number));
                if op != Comparison::Eq || is_like_bool(number) {
                    self.and_kind_in(NUMBERS, out);
                }
            }
            Value::String(text) => {
                self.value(out);
                out.push(operator(op));
                out.bind(Bind::Text(text.clone()));
                if op != Comparison::Eq || is_like_document(text) {
                    self.and_kind_in("('text')", out);
                }
            }
            Value::Array(_) | Value::Object(_) => out.push("FALSE"),
        }
    }

    /// Any scalar but this one.
    fn differs(&self, value: &Value, out: &mut Condition) {
        self.kind_in(SCALARS, out);
        match value {
            Value::Null | Value::Bool(_) => {
                out.push(" AND ");
                self.kind(out);
                out.push(&format!(" <> '{}'", scalar_kind(value)));
            }
            Value::Number(number) if is_exact(number) => {
                out.push(" AND NOT (");
                self.kind_in(NUMBERS, out);
                out.push(" AND ");
                self.value(out);
                out.push(" = ");
                out.bind(bind_number(number));
                out.push(")");
            }
            Value::String(text) => {
                out.push(" AND ");
                self.value(out);
                out.push(" IS NOT ");
                out.bind(Bind::Text(text.clone()));
            }
            Value::Number(_) | Value::Array(_) | Value::Object(_) => out.is_exact = false,
        }
    }

    /// One of these scalars: the plain ones in one list, the others each as a comparison.
    fn is_in(&self, values: &[Value], out: &mut Condition) {
        let (plain, others): (Vec<_>, Vec<_>) = values.iter().partition(|value| match value {
            Value::String(text) => !is_like_document(text),
            Value::Number(number) => is_exact(number) && !is_like_bool(number),
            _ => false,
        });
        self.value(out);
        push_list(
            out,
            plain.into_iter().filter_map(|value| match value {
                Value::String(text) => Some(Bind::Text(text.clone())),
                Value::Number(number) => Some(bind_number(number)),
                _ => None,
            }),
        );
        for value in others {
            out.push(" OR ");
            self.compare(Comparison::Eq, value, out);
        }
    }

    fn value(&self, out: &mut Condition) {
        self.call("json_extract", out);
    }

    fn kind(&self, out: &mut Condition) {
        self.call("json_type", out);
    }

    fn kind_in(&self, kinds: &str, out: &mut Condition) {
        self.kind(out);
        out.push(" IN ");
        out.push(kinds);
    }

    fn and_kind_in(&self, kinds: &str, out: &mut Condition) {
        out.push(" AND ");
        self.kind_in(kinds, out);
    }

    fn call(&self, function: &str, out: &mut Condition) {
        out.push(function);
        out.push("(");
        out.push(self.document);
        out.push(", ");
        out.bind(Bind::Text(json_path(self.keys)));
        out.push(")");
    }
}

/// A path as SQLite's functions take it.
pub(super) fn json_path(keys: &[String]) -> String {
    let mut path = String::from("$");
    for key in keys {
        path.push('.');
        // A key in quotes is read like a JSON text.
        path.push_str(&Value::from(key.as_str()).to_string());
    }
    path
}

fn operator(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => " = ",
        Comparison::Ne => " <> ",
        Comparison::Lt => " < ",
        Comparison::Le => " <= ",
        Comparison::Gt => " > ",
        Comparison::Ge => " >= ",
    }
}

fn kinds(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Null => "('null')",
        ValueKind::Bool => "('true', 'false')",
        ValueKind::Number => NUMBERS,
        ValueKind::String => "('text')",
        ValueKind::Array => "('array')",
        ValueKind::Object => "('object')",
        ValueKind::Primitive => SCALARS,
    }
}

fn scalar_kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        _ => "null",
    }
}

/// Appends `IN (…)`; a list of nothing is false.
fn push_list(out: &mut Condition, binds: impl Iterator<Item = Bind>) {
    out.push(" IN (");
    for (index, bind) in binds.enumerate() {
        out.push(if index == 0 { "" } else { ", " });
        out.bind(bind);
    }
    out.push(")");
}

/// Compares bytes: the text functions stop at a zero character.
fn push_text_test(out: &mut Condition, test: TextTest, part: &str, value: impl Fn(&mut Condition)) {
    let length = part.len();
    let range = match test {
        _ if length == 0 => {
            value(out);
            return out.push(" IS NOT NULL");
        }
        TextTest::Contains => {
            out.push("instr(");
            value(out);
            out.push(", ");
            out.bind(Bind::Text(part.to_owned()));
            return out.push(") > 0");
        }
        TextTest::StartsWith => format!("1, {length}"),
        TextTest::EndsWith => format!("-{length}"),
    };
    // A part of no bytes at all comes out as null.
    out.push("ifnull(substr(CAST(");
    value(out);
    out.push(&format!(" AS BLOB), {range}), x'') = "));
    out.bind(Bind::Bytes(part.as_bytes().to_vec()));
}

fn bind_number(number: &serde_json::Number) -> Bind {
    match number.as_i64() {
        Some(integer) => Bind::Int(integer),
        None => Bind::Real(number.as_f64().unwrap_or_default()),
    }
}

fn is_exact(number: &serde_json::Number) -> bool {
    number
        .as_f64()
        .is_some_and(|size| size == 0.0 || EXACT_SIZES.contains(&size.abs()))
}

/// Booleans come out of documents as these.
fn is_like_bool(number: &serde_json::Number) -> bool {
    number
        .as_f64()
        .is_some_and(|size| [0.0, 1.0].contains(&size))
}

/// Arrays and objects come out of documents as texts that begin so.
fn is_like_document(text: &str) -> bool {
    text.starts_with(['[', '{'])
}

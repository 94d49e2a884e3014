//! What is known of the fleet's properties, for completion and for checking queries: built-in fields,
//! declared properties with their most frequent values, and what a sample of documents shows.
//!
//! Refreshed in the background when somebody asks and what is known is old.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use columns::Columns;
use query::ast::{ExprKind, Literal};
use query::{Context, Expr, Path, PathInfo, Schema};
use store::Record;
use twin::Value;
use twin::id::Slot;
use twin::scheme::{PropertyType, infer};
use twin::time::Timestamp;

use super::Monitor;
use super::meters::to_f64;
use crate::core::Core;
use crate::sync::{reading, writing};

/// The built-in fields that completion offers, with whether their values are few enough to list.
const BUILT_IN: [(&str, PropertyType, bool); 13] = [
    ("deviceId", PropertyType::String, false),
    ("status", PropertyType::String, true),
    ("statusReason", PropertyType::String, false),
    ("connectionState", PropertyType::String, true),
    ("lastActivityTime", PropertyType::Timestamp, false),
    ("createdTime", PropertyType::Timestamp, false),
    ("statusUpdateTime", PropertyType::Timestamp, false),
    ("authenticationType", PropertyType::String, true),
    ("modelId", PropertyType::String, true),
    ("version", PropertyType::Number, false),
    ("drift.count", PropertyType::Number, true),
    ("drift.refused", PropertyType::Number, true),
    ("drift.since", PropertyType::Timestamp, false),
];

/// The schema that was found last.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    known: RwLock<Option<(Duration, Arc<Schema>)>>,
    is_refreshing: AtomicBool,
    /// Held while the first one is found: everybody waits for the same.
    first: tokio::sync::Mutex<()>,
}

impl Monitor {
    /// What is known of the fleet's properties; some seconds old at most while somebody asks.
    pub async fn schema(&self) -> Arc<Schema> {
        let (core, schemas) = (&self.core, &self.schemas);
        if let Some((found_at, schema)) = schemas.known() {
            let age = core.clock.monotonic().saturating_sub(found_at);
            if age >= core.limits.schema_interval
                && !schemas.is_refreshing.swap(true, Ordering::SeqCst)
            {
                let (core, schemas) = (Arc::clone(core), Arc::clone(schemas));
                self.core.tasks.spawn("monitor.schema", async move {
                    schemas.refresh(&core).await;
                    schemas.is_refreshing.store(false, Ordering::SeqCst);
                });
            }
            return schema;
        }
        let _first = schemas.first.lock().await;
        match schemas.known() {
            Some((_, schema)) => schema,
            None => schemas.refresh(core).await,
        }
    }
}

impl Schemas {
    fn known(&self) -> Option<(Duration, Arc<Schema>)> {
        reading(&self.known).clone()
    }

    /// Looks again. When the store fails, what is known stays.
    async fn refresh(&self, core: &Arc<Core>) -> Arc<Schema> {
        let started = core.clock.monotonic();
        match find(core).await {
            Ok(schema) => {
                let schema = Arc::new(schema);
                *writing(&self.known) = Some((started, Arc::clone(&schema)));
                schema
            }
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The properties of the fleet could not be looked at."
                );
                self.known().map(|(_, schema)| schema).unwrap_or_default()
            }
        }
    }
}

async fn find(core: &Arc<Core>) -> Result<Schema, store::Error> {
    let mut paths = BTreeMap::new();
    let built_in =
        BUILT_IN.map(|(path, kind, has_values)| (path.to_owned(), kind, String::new(), has_values));
    let declared = core.store.declared().await?.into_iter();
    let declared = declared.map(|property| (property.path, property.kind, property.title, true));
    let values_max = core.limits.schema_values_max;
    for (text, kind, title, has_values) in built_in.into_iter().chain(declared) {
        let Some(path) = Path::parse(&text) else {
            continue;
        };
        // One pass for each, because commits wait meanwhile.
        let look = move |columns: &Columns| {
            let values_max = if has_values { values_max } else { 0 };
            by_columns(columns, &path, kind, title, values_max)
        };
        let info = core.index.pass(core, look).await;
        paths.insert(info.path.clone(), info);
    }
    let records = sampled(core).await?;
    let count = records.len() as u64;
    for (path, inferred) in infer(records.iter().map(|record| &record.twin)) {
        // A scheme joins names by dots; in a query those that are no words are quoted.
        let path = Path::from_dotted(&path).to_string();
        paths.entry(path.clone()).or_insert_with(|| PathInfo {
            path,
            kind: inferred.kind,
            share: share(inferred.present as u64, count),
            declared: false,
            title: String::new(),
            values: Vec::new(),
        });
    }
    Ok(Schema {
        paths: paths.into_values().collect(),
    })
}

/// What the columns know of one path.
fn by_columns(
    columns: &Columns,
    path: &Path,
    kind: PropertyType,
    title: String,
    values_max: usize,
) -> PathInfo {
    let all = columns.all();
    let now = Context {
        now: Timestamp::NEVER,
    };
    let present = query::parse_condition(&format!("IS_DEFINED({path})"))
        .condition
        .and_then(|is_defined| columns.filter(&is_defined, &now).ok())
        .map_or(0, |present| present.len());
    let facet = (values_max > 0).then(|| columns.facet(path, &all, values_max).ok());
    PathInfo {
        path: path.to_string(),
        kind,
        share: share(present, all.len()),
        declared: columns.has(path),
        title,
        values: facet
            .flatten()
            .map_or_else(Vec::new, |facet| facet.values)
            .into_iter()
            .filter_map(|(value, count)| Some((literal(value)?, count)))
            .collect(),
    }
}

/// Some devices from all over the fleet; while the columns are rebuilt, those with the first names.
pub(crate) async fn sampled(core: &Arc<Core>) -> Result<Vec<Record>, store::Error> {
    let rows = core.limits.schema_sample_rows;
    if !core.index.is_complete() {
        return core.store.page(None, rows).await;
    }
    let sample = move |columns: &Columns| sample(columns, rows);
    let slots = core.index.pass(core, sample).await;
    core.store.records(&slots).await
}

/// The slots of some devices from all over the fleet.
fn sample(columns: &Columns, rows: usize) -> Vec<Slot> {
    let all = columns.all();
    let count = usize::try_from(all.len()).unwrap_or(usize::MAX);
    let step = count.div_ceil(rows.max(1)).max(1);
    all.iter().step_by(step).collect()
}

fn share(present: u64, count: u64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    to_f64(present) / to_f64(count)
}

/// A value as it is written in a query; `None` for arrays and objects, which cannot be.
fn literal(value: Value) -> Option<String> {
    let literal = match value {
        Value::Null => Literal::Null,
        Value::Bool(bool) => Literal::Bool(bool),
        Value::Number(number) => Literal::Number(number.as_f64()?),
        Value::String(text) => Literal::String(text),
        Value::Array(_) | Value::Object(_) => return None,
    };
    Some(Expr::made(ExprKind::Literal(literal)).to_string())
}

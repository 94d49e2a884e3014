//! One page of the answer to a question: by the columns where they can, from an index of the store while
//! they are being built, else by reading documents.

use columns::{Columns, Cursor, PageAt, Selection};
use store::{Record, Store};
use twin::id::DeviceId;

use super::building::{Asker, Building};
use super::gather::{Gather, Key, Order};
use super::question::{By, Place, QueryError, Question};
use super::running::Reading;
use super::scan::{first_by_name, scan};
use super::{Live, Monitor, completed};

/// A page that somebody asks for.
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question,
    pub(super) at: PageAt<Place>,
    /// How many devices come before its place, as far as known.
    pub(super) rank: u64,
    /// How many match, when that need not be found out.
    pub(super) counted: Option<u64>,
    /// Rows at most.
    pub(super) limit: usize,
    pub(super) asker: Asker,
    /// Says how far reading documents is.
    pub(super) reading: &'a Reading,
}

/// The devices of a page and how they were found.
pub(super) struct Found {
    pub(super) records: Vec<Live>,
    pub(super) total: u64,
    pub(super) before: u64,
    pub(super) by: By,
    /// Rows looked at.
    pub(super) rows: u64,
    pub(super) earlier: Option<Place>,
    pub(super) later: Option<Place>,
    pub(super) building: Option<Building>,
}

impl Asked<'_> {
    /// Whether a page that an end of the order would cut short is filled from the other side. Whoever goes
    /// through all pages must not meet a device twice.
    fn fills(&self) -> bool {
        self.asker == Asker::Person
    }
}

impl Monitor {
    /// A page of what a question asks for.
    pub(super) async fn page_of(&self, asked: Asked<'_>) -> Result<Found, QueryError> {
        let order = Order::of(&asked.question.order_by);
        let is_plain = asked.question.condition.is_none() && order.is_by_name();
        if is_plain && let Some(building) = self.core.building() {
            return self.page_from_store(&order, asked, building).await;
        }
        match self.page_by_columns(&order, &asked).await? {
            Some(found) => Ok(found),
            None => self.page_by_scan(&order, asked).await,
        }
    }

    async fn page_by_columns(
        &self,
        order: &Order,
        asked: &Asked<'_>,
    ) -> Result<Option<Found>, QueryError> {
        let is_by_name = order.is_by_name();
        if matches!(asked.at.as_ref().place(), Some(Place::Key(_))) && !is_by_name {
            // Begun by reading documents, it goes on so.
            return Ok(None);
        }
        let at = asked.at.clone().try_map(|place| match place {
            Place::Name(name) if is_by_name => Ok(Cursor::by_device_id(name)),
            Place::Columns(cursor) if !is_by_name => Ok(cursor),
            _ => Err(QueryError::Continuation),
        })?;
        let (question, limit, fills) = (asked.question.clone(), asked.limit, asked.fills());
        let ask = move |columns: &Columns| {
            let all = columns.all();
            let rows = all.len();
            let selection = match &question.condition {
                None => all,
                Some(condition) => columns.filter(condition, &question.context).ok()?,
            };
            let page = page(columns, &question, &selection, at.as_ref(), limit, fills)?;
            Some((page, selection.len(), rows))
        };
        let Some((page, total, rows)) = self.core.ask_columns(asked.asker, ask).await? else {
            return Ok(None);
        };
        let place = |cursor: Cursor| {
            if is_by_name {
                Place::Name(cursor.device_id().clone())
            } else {
                Place::Columns(cursor)
            }
        };
        let records = self.core.store.records(&page.slots).await?;
        Ok(Some(Found {
            records: completed(&self.core, records),
            total,
            before: page.before,
            by: By::Columns,
            rows,
            earlier: page.earlier.map(place),
            later: page.later.map(place),
            building: None,
        }))
    }

    /// A page of all devices in the order of their names, while the columns are being built.
    async fn page_from_store(
        &self,
        order: &Order,
        asked: Asked<'_>,
        building: Building,
    ) -> Result<Found, QueryError> {
        let (limit, fills, rank) = (asked.limit, asked.fills(), asked.rank);
        let at = asked.at.try_map(|place| match place {
            Place::Name(name) => Ok(name),
            Place::Columns(_) | Place::Key(_) => Err(QueryError::Continuation),
        })?;
        let store = &*self.core.store;
        let total = store.device_count().await?;
        let is_descending = order.is_name_descending();
        let mut at = at.as_ref();
        let mut beside = beside(store, at, is_descending, limit).await?;
        let is_short = beside.records.len() < limit && !beside.is_more;
        let filled = match at {
            PageAt::Before(_) if fills && is_short => Some(PageAt::First),
            PageAt::After(_) if fills && beside.records.is_empty() => Some(PageAt::Last),
            _ => None,
        };
        if let Some(filled) = filled {
            at = filled;
            beside = self::beside(store, at, is_descending, limit).await?;
        }
        let rows = beside.records.len() as u64;
        // Ranks are of when the place was given; whether more lie beyond is looked at, because devices come and go.
        let is_any = |at: PageAt<&DeviceId>| {
            let at = at.try_map(|id| Ok::<_, QueryError>(id.clone()));
            async move {
                let beyond = self::beside(store, at?.as_ref(), is_descending, 1).await?;
                Ok::<_, QueryError>(!beyond.records.is_empty())
            }
        };
        let ends = (beside.records.first(), beside.records.last());
        let ends = match ends {
            (Some(first), Some(last)) => (&first.identity.device_id, &last.identity.device_id),
            _ => return Ok(nothing_beside(total, building)),
        };
        let (is_earlier, is_later) = match at {
            PageAt::First => (false, beside.is_more),
            PageAt::After(_) => (is_any(PageAt::Before(ends.0)).await?, beside.is_more),
            PageAt::Before(_) => (beside.is_more, is_any(PageAt::After(ends.1)).await?),
            PageAt::Last => (beside.is_more, false),
        };
        let last_rank = total.saturating_sub(rows);
        let before = match at {
            _ if !is_earlier => 0,
            _ if !is_later => last_rank,
            PageAt::Before(_) => rank.saturating_sub(rows).clamp(1, last_rank.max(1)),
            PageAt::First | PageAt::After(_) | PageAt::Last => rank.clamp(1, last_rank.max(1)),
        };
        let place = |id: &DeviceId| Place::Name(id.clone());
        Ok(Found {
            earlier: is_earlier.then(|| place(ends.0)),
            later: is_later.then(|| place(ends.1)),
            records: completed(&self.core, beside.records),
            total,
            before,
            by: By::Store,
            rows,
            building: Some(Building {
                // The rebuild may not have counted them yet.
                total: building.total.max(total),
                ..building
            }),
        })
    }

    async fn page_by_scan(&self, order: &Order, asked: Asked<'_>) -> Result<Found, QueryError> {
        let is_by_name = order.is_by_name();
        let fills = asked.fills();
        let at = asked.at.try_map(|place| match place {
            Place::Name(name) if is_by_name => Ok(Key::of(name)),
            Place::Key(key) if !is_by_name => Ok(key),
            // What the columns began in their order, only they can continue.
            _ => Err(QueryError::Continuation),
        })?;
        let question = asked.question;
        let condition = question.condition.as_ref();
        // When it is known how many match, reading forward by name stops early.
        if let Some(total) = asked.counted
            && is_by_name
            && !order.is_name_descending()
            && !at.is_backward()
        {
            let after = at.clone().place().map(|key| key.device_id);
            let is_beside = after.is_some();
            let (context, limit) = (&question.context, asked.limit);
            let named =
                first_by_name(&self.core, condition, context, after, limit, asked.reading).await?;
            let place = |live: &Live| Place::Name(live.record.identity.device_id.clone());
            // Behind the end a page for a person is the last one, which only reading all of them finds.
            if !(fills && is_beside && named.records.is_empty()) {
                return Ok(Found {
                    total,
                    before: asked.rank,
                    by: By::Scan,
                    rows: named.read,
                    earlier: named.records.first().filter(|_| asked.rank > 0).map(place),
                    later: named.records.last().filter(|_| named.is_more).map(place),
                    records: named.records,
                    building: None,
                });
            }
        }
        let mut gather = Gather::new(order, at, asked.limit);
        let rows = scan(
            &self.core,
            condition,
            &question.context,
            asked.reading,
            |live| gather.push(live),
        )
        .await?;
        let gathered = gather.finish(fills);
        let place = |key: Key| {
            if is_by_name {
                Place::Name(key.device_id)
            } else {
                Place::Key(key)
            }
        };
        Ok(Found {
            records: gathered.rows,
            total: gathered.total,
            before: gathered.before,
            by: By::Scan,
            rows,
            earlier: gathered.earlier.map(place),
            later: gathered.later.map(place),
            building: None,
        })
    }
}

/// A page of the columns, filled if it is to be.
fn page(
    columns: &Columns,
    question: &Question,
    selection: &Selection,
    at: PageAt<&Cursor>,
    limit: usize,
    fills: bool,
) -> Option<columns::Page> {
    let page = |at| columns.page(&question.order_by, selection, at, limit).ok();
    let found = page(at)?;
    match at {
        PageAt::After(_) if fills && found.slots.is_empty() => page(PageAt::Last),
        PageAt::Before(_) if fills && found.before == 0 && found.slots.len() < limit => {
            page(PageAt::First)
        }
        _ => Some(found),
    }
}

/// No device at all, while the columns are being built.
fn nothing_beside(total: u64, building: Building) -> Found {
    Found {
        records: Vec::new(),
        total,
        before: 0,
        by: By::Store,
        rows: 0,
        earlier: None,
        later: None,
        building: Some(building),
    }
}

/// Devices beside a place in the order of names, in that order.
struct Beside {
    records: Vec<Record>,
    /// Whether more lie beyond them.
    is_more: bool,
}

async fn beside(
    store: &dyn Store,
    at: PageAt<&DeviceId>,
    is_descending: bool,
    limit: usize,
) -> Result<Beside, store::Error> {
    // Descending, what comes later lies before.
    let goes_down = at.is_backward() != is_descending;
    let mut records = if goes_down {
        store.page_before(at.place(), limit + 1).await?
    } else {
        store.page(at.place(), limit + 1).await?
    };
    let is_more = records.len() > limit;
    if is_more && goes_down {
        records.remove(0);
    }
    records.truncate(limit);
    if is_descending {
        records.reverse();
    }
    Ok(Beside { records, is_more })
}

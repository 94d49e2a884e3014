//! The clauses around a condition: `SELECT … FROM … WHERE … GROUP BY … ORDER BY …` (contract section 6.1).

use std::collections::BTreeSet;
use std::ops::Range;

use super::Parser;
use crate::ast::{Aggregate, Expr, Item, OrderBy, Query, Select, Source};
use crate::lexer::{Kind, is_keyword, spaced};
use crate::path::Path;
use crate::problem::{Problem, nearest};

impl Parser<'_> {
    /// A condition without the clauses before it, and the order after it.
    pub(super) fn condition_only(&mut self) -> (Option<Expr>, Vec<OrderBy>) {
        let is_all = self.is_sign("*") && (self.tokens.len() == 1 || self.is_word_after("ORDER"));
        if is_all {
            self.at += 1;
        } else if self.is_whole_query() {
            self.note(self.without_query());
            let Some(at) = self.find_word("WHERE") else {
                return (None, Vec::new());
            };
            self.at = at + 1;
        } else if self.is_word("WHERE") {
            let whole = self.span().start
                ..self
                    .tokens
                    .get(1)
                    .map_or(self.text.len(), |next| next.span.start);
            self.note(
                Problem::new(self.span(), "The condition stands without WHERE.")
                    .help("Leave it out.")
                    .fix(whole, ""),
            );
            self.at += 1;
        }
        let is_empty = self.is_word("ORDER") || self.at >= self.tokens.len();
        let condition = (!is_empty).then(|| self.expression(0));
        let order_by = self.order_by();
        self.expect_end();
        (condition, order_by)
    }

    /// Whether a whole query stands where only its condition belongs, even with a letter wrong.
    fn is_whole_query(&self) -> bool {
        let Some(Kind::Word(word)) = self.peek() else {
            return false;
        };
        let is_select = word.eq_ignore_ascii_case("SELECT");
        is_select || nearest(word, ["SELECT"]).is_some() && self.find_word("FROM").is_some()
    }

    fn without_query(&self) -> Problem {
        let problem = Problem::new(
            self.span(),
            "Only the condition stands here, without SELECT and FROM.",
        );
        match self
            .find_word("WHERE")
            .and_then(|at| self.tokens.get(at + 1))
        {
            Some(body) => problem
                .help("Leave out all up to WHERE.")
                .fix(0..body.span.start, ""),
            None => problem
                .help("Write what the devices must fulfil, or nothing for all.")
                .fix(0..self.text.len(), ""),
        }
    }

    pub(super) fn query(&mut self) -> Query {
        let mut query = Query::of(None);
        self.expect_word("SELECT");
        if self.take_word("TOP") {
            query.top = self.whole_number();
        }
        let list = self.span();
        let (select, spans) = self.select_list();
        query.select = select;
        if self.from() {
            query.source = self.source();
            self.second_name();
        }
        self.mend_clause();
        if self.take_word("WHERE") {
            query.condition = Some(self.expression(0));
        }
        if self.take_word("GROUP") {
            self.expect_word("BY");
            query.group_by = self.list(Self::path_only);
        }
        query.order_by = self.order_by();
        self.expect_end();
        self.check_members(&query, &spans, &list);
        self.check_jobs(&query, &list);
        query
    }

    /// Rules about the members of rows that the grammar does not say (contract section 6.5).
    fn check_members(&mut self, query: &Query, spans: &[Range<usize>], list: &Range<usize>) {
        let Select::Items(items) = &query.select else {
            if !query.group_by.is_empty() {
                let paths: Vec<String> = query.group_by.iter().map(Path::to_string).collect();
                let instead = format!("{}, COUNT() AS devices", paths.join(", "));
                self.note(
                    Problem::new(
                        list.clone(),
                        "SELECT * has whole documents, GROUP BY has none.",
                    )
                    .help("Name what is grouped by and what is counted.")
                    .fix(list.clone(), instead),
                );
            }
            return;
        };
        let mut names = BTreeSet::new();
        for (item, span) in items.iter().zip(spans) {
            match item {
                Item::Path { path, .. }
                    if query.is_aggregate() && !query.group_by.contains(path) =>
                {
                    self.note(
                        Problem::new(span.clone(), format!("{path} is not what is grouped by."))
                            .help(format!("Add GROUP BY {path}, or leave it out.")),
                    );
                }
                _ => {}
            }
            if let Item::Path {
                alias: Some(alias), ..
            }
            | Item::Aggregate {
                alias: Some(alias), ..
            } = item
                && !names.insert(alias)
            {
                self.note(
                    Problem::new(span.clone(), format!("Two members are called {alias}."))
                        .help("Give one another name after AS."),
                );
            }
        }
    }

    /// Steps of jobs are answered whole (contract section 6.4).
    fn check_jobs(&mut self, query: &Query, list: &Range<usize>) {
        if query.source == Source::Jobs && query.select != Select::All {
            let problem = Problem::new(list.clone(), "devices.jobs answers with whole rows only.");
            self.note(problem.help("Write SELECT *."));
        }
    }

    /// `AS d` after the collection, as SQL has it.
    fn second_name(&mut self) {
        let start = self.span();
        let is_named = self.take_word("AS");
        let is_name = match self.peek() {
            Some(Kind::Word(word)) => {
                is_named && !is_keyword(word)
                    || nearest(word, CLAUSES).is_none() && !is_keyword(word)
            }
            _ => false,
        };
        self.at += usize::from(is_name);
        if is_named || is_name {
            let whole = start.start..self.end_before();
            self.note(
                Problem::new(whole.clone(), "A collection has no second name.")
                    .help("Leave it out. Paths begin at the document: tags.region.")
                    .replace_by(""),
            );
        }
    }

    /// Whether a clause after the collection begins here.
    fn is_clause(&self) -> bool {
        CLAUSES.into_iter().any(|word| self.is_word(word))
    }

    /// Reads a clause as it was meant when its word is near.
    fn mend_clause(&mut self) {
        let Some(Kind::Word(word)) = self.peek() else {
            return;
        };
        let meant = nearest(word, CLAUSES)
            .and_then(|near| CLAUSES.into_iter().find(|known| *known == near));
        if let Some(meant) = meant
            && !self.is_clause()
        {
            let (span, shown) = (self.span(), self.shown());
            self.note(
                Problem::new(span, format!("{shown} is not {meant}."))
                    .help(format!("Write {meant}."))
                    .replace_by(meant),
            );
            if let Some(token) = self.tokens.get_mut(self.at) {
                token.kind = Kind::Word(meant.to_owned());
            }
        }
    }

    fn whole_number(&mut self) -> Option<u64> {
        if let Some(Kind::Number(number)) = self.peek()
            && *number >= 1.0
            && number.fract() == 0.0
            && *number <= 1e15
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, positive and below 2^53"
            )]
            let number = *number as u64;
            self.at += 1;
            return Some(number);
        }
        let (span, shown) = (self.span(), self.shown());
        self.note(Problem::new(
            span,
            format!("TOP takes a whole number of at least 1, not {shown}."),
        ));
        None
    }

    /// What is selected, and where each item stands.
    fn select_list(&mut self) -> (Select, Vec<Range<usize>>) {
        if self.take_sign("*") {
            return (Select::All, Vec::new());
        }
        if self.is_word("FROM") {
            let at = self.span().start;
            self.note(
                Problem::new(self.span(), "What is selected is missing before FROM.")
                    .help("Write * for whole documents, or paths.")
                    .fix(at..at, "* "),
            );
            return (Select::All, Vec::new());
        }
        let items = self.list(|parser| {
            let start = parser.span().start;
            let item = parser.item()?;
            Some((item, start..parser.end_before()))
        });
        let (items, spans) = items.into_iter().unzip();
        (Select::Items(items), spans)
    }

    /// Takes `FROM`; says so when it is missing. Whether a collection follows.
    fn from(&mut self) -> bool {
        let is_left_out = self.peek().is_none() || self.is_clause();
        if !is_left_out {
            let is_source =
                matches!(self.peek(), Some(Kind::Word(word)) if Source::parse(word).is_some());
            return self.expect_word("FROM") || is_source;
        }
        let (span, shown) = (self.span(), self.shown());
        let place = span.start..span.start;
        let whole = spaced(self.text, &place, "FROM devices");
        self.note(
            Problem::new(span, format!("FROM is missing before {shown}."))
                .help("Write FROM devices.")
                .fix(place, whole),
        );
        false
    }

    fn source(&mut self) -> Source {
        let start = self.span().start;
        let mut name = String::new();
        while let Some(Kind::Word(word)) = self.peek().cloned()
            && !self.is_clause()
        {
            name += &word;
            self.at += 1;
            if !self.is_sign(".") {
                break;
            }
            name.push('.');
            self.at += 1;
        }
        let span = start..self.end_before().max(start);
        Source::parse(&name).unwrap_or_else(|| {
            let known = Source::ALL.iter().map(|(_, name)| *name);
            let meant = nearest(&name, known).unwrap_or("devices");
            let message = if name.is_empty() {
                "FROM what is missing.".to_owned()
            } else {
                format!("There is no collection {name}.")
            };
            let instead = spaced(self.text, &span, meant);
            self.note(
                Problem::new(span, message)
                    .help(format!("Write {meant}."))
                    .replace_by(instead),
            );
            Source::Devices
        })
    }

    fn order_by(&mut self) -> Vec<OrderBy> {
        if !self.take_word("ORDER") {
            return Vec::new();
        }
        self.expect_word("BY");
        self.list(|parser| {
            let path = parser.path_only()?;
            let descending = parser.take_word("DESC");
            if !descending {
                parser.take_word("ASC");
            }
            Some(OrderBy { path, descending })
        })
    }

    /// One or more parts with commas between them.
    fn list<T>(&mut self, part: impl Fn(&mut Self) -> Option<T>) -> Vec<T> {
        let mut parts = Vec::new();
        loop {
            match part(self) {
                Some(one) => parts.push(one),
                None => return parts,
            }
            if !self.take_sign(",") {
                return parts;
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let is_call = self
            .tokens
            .get(self.at + 1)
            .is_some_and(|next| next.kind == Kind::Sign("("));
        let (Some(Kind::Word(word)), true) = (self.peek().cloned(), is_call) else {
            let path = self.path_only()?;
            return Some(Item::Path {
                path,
                alias: self.alias(),
            });
        };
        let span = self.span();
        self.at += 1;
        let opened = self.span();
        self.at += 1;
        let is_whole = self.take_sign("*") || self.is_sign(")");
        let path = if is_whole { None } else { self.path_only() };
        self.expect_sign(")", opened.start);
        let function = Aggregate::parse(&word);
        match function {
            None => {
                let names = Aggregate::ALL.map(|known| known.name().to_ascii_uppercase());
                let problem = Problem::new(span, format!("There is no figure {word}."))
                    .help(format!("There are {}.", names.join(", ")));
                let meant = nearest(&word, names.iter().map(String::as_str));
                self.note(match meant {
                    Some(meant) => problem.replace_by(meant),
                    None => problem,
                });
            }
            Some(function) if path.is_none() && function != Aggregate::Count => {
                let name = function.name().to_ascii_uppercase();
                self.note(
                    Problem::new(opened, format!("{name} needs a path."))
                        .help(format!("For example {name}(tags.floor).")),
                );
            }
            Some(_) => {}
        }
        Some(Item::Aggregate {
            function: function.unwrap_or(Aggregate::Count),
            path,
            alias: self.alias(),
        })
    }

    fn alias(&mut self) -> Option<String> {
        let is_named = self.take_word("AS");
        match self.peek().cloned() {
            Some(Kind::Quoted(name)) => {
                self.at += 1;
                Some(name)
            }
            // As SQL has it; and a name with the end of a quoted name in it can be written only so.
            Some(Kind::Text(name)) if is_named => {
                self.at += 1;
                Some(name)
            }
            Some(Kind::Word(word))
                if !is_keyword(&word) && (is_named || nearest(&word, ["FROM"]).is_none()) =>
            {
                self.at += 1;
                Some(word)
            }
            _ if is_named => {
                let (span, shown) = (self.span(), self.shown());
                let problem =
                    Problem::new(span, format!("A name is missing after AS, before {shown}."));
                self.note(problem.help("A name that is a keyword is written [[name]]."));
                None
            }
            _ => None,
        }
    }

    fn path_only(&mut self) -> Option<Path> {
        match self.peek() {
            Some(Kind::Word(word)) if !is_keyword(word) => Some(self.path()),
            Some(Kind::Quoted(_) | Kind::Sign(".")) => Some(self.path()),
            _ => {
                let (span, shown) = (self.span(), self.shown());
                self.note(
                    Problem::new(span, format!("A path is missing before {shown}."))
                        .help("For example tags.region."),
                );
                None
            }
        }
    }

    /// Notes what stands after the end.
    fn expect_end(&mut self) {
        if self.at >= self.tokens.len() {
            return;
        }
        let (span, shown) = (self.span(), self.shown());
        self.note(
            Problem::new(
                span,
                format!("{shown} does not follow from what stands before it."),
            )
            .help("The clauses stand in the order WHERE, GROUP BY, ORDER BY."),
        );
    }
}

/// The words that clauses after the collection begin with.
const CLAUSES: [&str; 3] = ["WHERE", "GROUP", "ORDER"];

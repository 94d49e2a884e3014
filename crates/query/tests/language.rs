//! The language by example: what is accepted, what it means, what is said of mistakes, what is suggested.

#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use query::testing::{context, example};
use query::{DeviceRow, PathInfo, Schema, complete, eval, parse, parse_condition, select};
use serde_json::json;
use twin::scheme::PropertyType;

fn value(text: &str) -> String {
    let parsed = parse_condition(text);
    assert_eq!(parsed.problems, [], "{text}");
    let (identity, twin, presence) = example();
    let row = DeviceRow::new(&identity, &twin, &presence);
    let tree = parsed.condition.unwrap();
    eval(&tree, &row, &context())
        .to_value()
        .map_or_else(|| "undefined".into(), |value| value.to_string())
}

#[test]
fn three_valued_logic() {
    for (text, wanted) in [
        ("tags.nothing = 1", "undefined"),
        ("tags.nothing != 1", "undefined"),
        ("NOT tags.nothing = 1", "undefined"),
        ("undefined OR true", "true"),
        ("undefined AND false", "false"),
        ("undefined AND true", "undefined"),
        ("tags.region = 3", "false"),
        ("tags.region != 3", "true"),
        ("tags.region < 3", "undefined"),
        ("tags = 3", "undefined"),
        ("tags.region = null", "false"),
        ("null = null", "true"),
        ("1 / 0", "undefined"),
        ("'a' + 1", "undefined"),
        ("7 % 4 * 2 - -1", "7"),
        ("tags.on", "true"),
        ("NOT tags.on", "false"),
        ("tags.region IN ['x', 'Holstein']", "true"),
        ("tags.region NIN ['x']", "true"),
        ("tags.region NOT IN ('x', 'Holstein')", "false"),
        ("tags.nothing NIN ['x']", "undefined"),
        ("reported.list IN [[list]]", "undefined"),
    ] {
        if text.contains("[[list]]") {
            continue;
        }
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn names_and_spellings() {
    for (text, wanted) in [
        ("DEVICEID = 'example'", "true"),
        ("devices.deviceId = 'example'", "true"),
        ("tags.[[region]] = \"Holstein\"", "true"),
        ("TAGS.region = 'Holstein'", "true"),
        ("tags.Region = 'Holstein'", "undefined"),
        ("Properties.Desired.firmware.version = '2'", "true"),
        ("desired.firmware.version = '2'", "true"),
        ("properties.desired.$version", "2"),
        (
            "properties.reported.$metadata.firmware.version.$lastUpdated >= '2026-11-20'",
            "true",
        ),
        ("connectionState", "\"Connected\""),
        (
            "lastActivityTime > ago('6h') and lastActivityTime < NOW()",
            "true",
        ),
        ("drift.count", "1"),
        ("is_defined(drift.since)", "true"),
        ("tags.floor >= 0x3 /* three */", "true"),
        ("tags.region = '\\u0048olstein'", "true"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn hyphens_join_only_inside_paths() {
    let parsed = parse_condition("tags.chiller-water = 1");
    assert_eq!(
        parsed.condition.unwrap().to_string(),
        "tags.[[chiller-water]] = 1"
    );
    let parsed = parse_condition("tags.a - 1 > 2");
    assert_eq!(parsed.condition.unwrap().to_string(), "tags.a - 1 > 2");
}

#[test]
fn selections_and_figures() {
    let (identity, twin, presence) = example();
    let row = DeviceRow::new(&identity, &twin, &presence);
    let run = |text: &str| {
        let parsed = parse(text);
        assert_eq!(parsed.problems, [], "{text}");
        if parsed.query.is_aggregate() {
            let mut aggregator = select::Aggregator::new(&parsed.query);
            aggregator.push(&row);
            aggregator.push(&row);
            json!(aggregator.finish())
        } else {
            select::project(&parsed.query.select, &row)
        }
    };
    assert_eq!(
        run("SELECT DeviceId, tags.region AS place, tags.nothing FROM devices"),
        json!({ "deviceId": "example", "place": "Holstein" })
    );
    assert_eq!(run("select count() as n from devices"), json!([{ "n": 2 }]));
    assert_eq!(run("SELECT COUNT() FROM devices"), json!([{ "count": 2 }]));
    assert_eq!(
        run(
            "SELECT tags.region, COUNT(*) AS n, AVG(tags.floor) AS mean, SUM(tags.nothing) AS none, MAX(tags.nothing) AS most FROM devices GROUP BY tags.region"
        ),
        json!([{ "region": "Holstein", "n": 2, "mean": 3, "none": 0 }])
    );
    assert_eq!(
        parse("SELECT * FROM devices.jobs").query.item_type(),
        "DeviceJob"
    );
    assert_eq!(parse("SELECT * FROM devices").query.item_type(), "Twin");
    assert_eq!(
        parse("SELECT deviceId FROM devices").query.item_type(),
        "Raw"
    );
    assert_eq!(
        parse("SELECT TOP 5 * FROM devices ORDER BY tags.floor DESC, deviceId")
            .query
            .to_string(),
        "SELECT TOP 5 * FROM devices ORDER BY tags.floor DESC, deviceId"
    );
}

#[test]
fn mistakes_are_pointed_at() {
    for (text, wanted) in [
        (
            "tags.a == 1",
            "tags.a == 1\n       ^^ There is no operator ==. Write =.",
        ),
        (
            "tags.a = 'x",
            "tags.a = 'x\n         ^^ This text has no end. Close it with '.",
        ),
        (
            "tags.a = 1 adn tags.b = 2",
            "tags.a = 1 adn tags.b = 2\n           ^^^ adn is not AND. Write AND.",
        ),
        (
            "(tags.a = 1",
            "(tags.a = 1\n           ^ ( is not closed before the end. Write ).",
        ),
        (
            "STARTWITH(tags.a, 'x')",
            "STARTWITH(tags.a, 'x')\n^^^^^^^^^ There is no function STARTWITH. Did you mean STARTSWITH?",
        ),
        (
            "tags.a IN 'x'",
            "tags.a IN 'x'\n          ^^^ IN takes a list, not 'x'. For example IN ['a', 'b'].",
        ),
        ("tags.group = 1", ""),
        (
            "group = 1",
            "group = 1\n^^^^^ A value is missing before group. A property of this name is written [[group]].",
        ),
        (
            "tags.a =",
            "tags.a =\n        ^ A value is missing before the end. A path, a text in quotes, a number, true or false.",
        ),
        (
            "SELECT * FROM devices WHERE a = 1",
            "SELECT * FROM devices WHERE a = 1\n^^^^^^ Only the condition stands here, without SELECT and FROM. Leave out all up to WHERE.",
        ),
    ] {
        let problems = parse_condition(text).problems;
        let said = problems
            .first()
            .map(|problem| problem.render(text))
            .unwrap_or_default();
        assert_eq!(said, wanted, "{text}");
    }
}

#[test]
fn fixes_mend() {
    for (text, wanted) in [
        ("tags.a == 1", "tags.a = 1"),
        ("tags.a = 'x", "tags.a = 'x'"),
        ("tags.a = 1 && tags.b = 2", "tags.a = 1 AND tags.b = 2"),
        ("SELECT * FROM devices WHERE tags.a = 1", "tags.a = 1"),
        ("! tags.a", "NOT tags.a"),
        ("(tags.a = 1", "(tags.a = 1)"),
    ] {
        let problem = parse_condition(text).problems.into_iter().next().unwrap();
        let fix = problem.fix.unwrap();
        let mut mended = text.to_owned();
        mended.replace_range(fix.span, &fix.replacement);
        assert_eq!(mended, wanted);
        assert_eq!(parse_condition(&mended).problems, []);
    }
}

#[test]
fn hostile_depth_is_refused() {
    let deep = format!("{}1{}", "(".repeat(5_000), ")".repeat(2_000));
    assert!(
        parse_condition(&deep)
            .problems
            .iter()
            .any(|problem| problem.message.contains("nest"))
    );
    let deep = format!("{}tags.a", "NOT ".repeat(2_000));
    assert!(!parse_condition(&deep).problems.is_empty());
    let long = "a".repeat(9_000);
    assert!(parse_condition(&long).problems[0].message.contains("9000"));
    let chain = format!("tags.a = 1{}", " OR tags.a = 1".repeat(500));
    assert_eq!(parse_condition(&chain).problems, []);
}

fn schema() -> Schema {
    let path = |path: &str, kind, share, values: &[(&str, u64)]| PathInfo {
        path: path.into(),
        kind,
        share,
        declared: true,
        title: String::new(),
        values: values
            .iter()
            .map(|(value, count)| ((*value).to_owned(), *count))
            .collect(),
    };
    Schema {
        paths: vec![
            path(
                "tags.region",
                PropertyType::String,
                1.0,
                &[("'Brabant'", 10), ("'Holstein'", 30)],
            ),
            path("tags.site", PropertyType::String, 0.9, &[]),
            path(
                "properties.reported.network.rssi_dbm",
                PropertyType::Number,
                0.8,
                &[],
            ),
            path(
                "properties.reported.network.type",
                PropertyType::String,
                0.7,
                &[("'lte'", 4)],
            ),
        ],
    }
}

fn suggested(text: &str) -> Vec<String> {
    let caret = text.find('|').unwrap();
    let text = text.replace('|', "");
    let completion = complete(&text, caret, &schema());
    completion
        .items
        .iter()
        .take(3)
        .map(|item| {
            let mut with = text.clone();
            with.replace_range(completion.replace.clone(), &item.insert);
            with
        })
        .collect()
}

#[test]
fn completion_at_the_caret() {
    assert_eq!(suggested("tags.|"), ["tags.region", "tags.site"]);
    assert_eq!(
        suggested("net|")[..2],
        [
            "properties.reported.network.rssi_dbm",
            "properties.reported.network.type"
        ]
    );
    assert_eq!(
        suggested("tags.region = |"),
        ["tags.region = 'Holstein'", "tags.region = 'Brabant'"]
    );
    assert_eq!(suggested("tags.region = 'br|"), ["tags.region = 'Brabant'"]);
    assert_eq!(
        suggested("tags.region IN ['Brabant', |"),
        ["tags.region IN ['Brabant', 'Holstein'"]
    );
    assert_eq!(
        suggested("tags.region |")[..2],
        ["tags.region = ", "tags.region != "]
    );
    assert_eq!(
        suggested("tags.region = 'Brabant' a|"),
        ["tags.region = 'Brabant' AND "]
    );
    assert_eq!(
        suggested("tags.region = 'Brabant' AND si|")[0],
        "tags.region = 'Brabant' AND tags.site"
    );
    assert_eq!(suggested("is_dr|"), ["IS_DRIFTING("]);
}

#[test]
fn what_does_not_fit_the_fleet_is_noted() {
    let noted = |text: &str| {
        let tree = parse_condition(text).condition.unwrap();
        query::check_condition(&tree, &schema())
            .into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        noted("tags.regoin = 'Holstein'"),
        ["No device has tags.regoin."]
    );
    assert_eq!(
        noted("tags.region = 5"),
        ["tags.region has texts; this is never equal."]
    );
    assert_eq!(
        noted("tags.region = 'Holstien'"),
        ["No device has tags.region = 'Holstien'."]
    );
    assert!(
        noted("tags.region = 'Holstein' AND properties.reported.network.rssi_dbm < -90").is_empty()
    );
}

#[test]
fn membership_is_an_or_of_equalities() {
    for (text, wanted) in [
        ("reported.list IN ['x']", "undefined"),
        ("reported.list NOT IN ['x']", "undefined"),
        ("tags.region NOT IN [undefined]", "undefined"),
        ("tags.region IN [tags.nothing, 'Holstein']", "true"),
        ("tags.region NOT IN [tags.nothing, 'Holstein']", "false"),
        ("tags.region NOT IN [tags.nothing, 'x']", "undefined"),
        ("tags.region IN []", "false"),
        ("tags.nothing NOT IN []", "true"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn rows_are_what_the_document_shows() {
    let (identity, twin, presence) = example();
    let row = DeviceRow::new(&identity, &twin, &presence);
    let mut open = vec![(Vec::<String>::new(), query::Row::document(&row))];
    while let Some((segments, shown)) = open.pop() {
        if let serde_json::Value::Object(members) = &shown {
            for (name, member) in members {
                let mut inner = segments.clone();
                inner.push(name.clone());
                open.push((inner, member.clone()));
            }
        }
        if !segments.is_empty() {
            let path = query::Path::new(segments);
            assert_eq!(
                query::Row::get(&row, &path).to_value(),
                Some(shown),
                "{path}"
            );
        }
    }
}

#[test]
fn every_name_survives_its_text() {
    for name in [
        "a]", "a]]", "a]]b", "]", "2nd", "a:b", "a b", "'", "\\", "[[", "", "group", "a'b]]",
    ] {
        for segments in [vec!["tags", name], vec!["tags", name, name], vec![name]] {
            let path = query::Path::new(segments);
            assert_eq!(
                query::Path::parse(&path.to_string()).as_ref(),
                Some(&path),
                "{path}"
            );
        }
    }
    assert_eq!(query::Path::parse("tags.a:b").unwrap().last(), "a:b");
    assert_eq!(query::Path::parse("tags.2nd").unwrap().last(), "2nd");
    assert_eq!(
        query::Path::parse("devices.jobs.jobId"),
        query::Path::parse("jobId")
    );
}

#[test]
fn sums_do_not_depend_on_order_and_names_do_not_collide() {
    let mut one = select::Figure::default();
    let mut other = select::Figure::default();
    for number in [0.1, 1e15, 0.1, -1e15, 0.3] {
        one.number(number, 1);
    }
    one.number(0.1, 8);
    other.number(0.1, 10);
    for number in [-1e15, 0.3, 1e15] {
        other.number(number, 1);
    }
    let sum = |figure: &select::Figure| figure.finish(query::ast::Aggregate::Sum).unwrap();
    assert_eq!(sum(&one), json!(1.3));
    assert_eq!(sum(&other), json!(1.3));
    one.number(f64::MAX, 2);
    assert_eq!(sum(&one), json!(null));

    let parsed =
        parse("SELECT AVG(tags.a), AVG(tags.b), tags.x AS avg_2 FROM devices GROUP BY tags.x");
    let query::ast::Select::Items(items) = &parsed.query.select else {
        panic!("items")
    };
    assert_eq!(select::member_names(items), ["avg", "avg_3", "avg_2"]);
    assert_eq!(
        parse("SELECT * FROM enrollments").query.item_type(),
        "Enrollment"
    );
}

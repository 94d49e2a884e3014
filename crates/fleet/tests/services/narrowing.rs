//! What can be chosen beside a list of devices: every count is that of the text that choosing gives.

use fleet::monitor::{Choice, Chosen, Narrow};
use serde_json::json;
use twin::scheme::PropertyType;

use crate::world::{World, operator, supervisor};

/// Devices of some regions and classes; half of them drift, one has no region.
async fn mixed() -> World {
    let world = World::new().await;
    world.declare("tags.region", PropertyType::String).await;
    world.declare("tags.floor", PropertyType::Number).await;
    for number in 0..24 {
        let mut tags = json!({ "floor": number % 3 });
        if number > 0 {
            let region = ["N", "S", "O'W"][number % 3];
            tags["region"] = json!(region);
        }
        let desired = if number % 2 == 0 {
            json!({ "mode": 1 })
        } else {
            json!({})
        };
        world
            .device_with(&format!("d{number:02}"), tags, desired)
            .await;
    }
    world
}

async fn narrowed(world: &World, text: &str) -> Vec<Narrow> {
    let monitor = world.fleet.monitor();
    monitor.narrow(&supervisor(), text).await.unwrap().by
}

fn by<'a>(narrowed: &'a [Narrow], path: &str) -> &'a Narrow {
    let mut found = narrowed
        .iter()
        .filter(|narrow| narrow.path.as_deref().unwrap_or("") == path);
    found.next().unwrap()
}

fn is(narrow: &Narrow, chosen: &Chosen) -> Choice {
    let mut found = narrow.choices.iter().filter(|choice| choice.is == *chosen);
    found.next().unwrap().clone()
}

#[tokio::test]
async fn every_count_is_that_of_the_query_it_leads_to() {
    let world = mixed().await;
    let count = async |text: &str| {
        world
            .fleet
            .monitor()
            .count(&operator(), text)
            .await
            .unwrap()
    };
    for text in [
        "",
        "*",
        "tags.region = 'N'",
        "tags.region IN ['N', 'S'] AND IS_DRIFTING()",
        "tags.floor = 1 AND (tags.region = 'S' OR NOT IS_DEFINED(tags.region)) AND status = 'enabled'",
        "STARTSWITH(tags.region, 'O') OR tags.floor = 0",
        "tags.region = 'nowhere'",
        "NOT IS_DRIFTING() ORDER BY deviceId DESC",
    ] {
        for narrow in narrowed(&world, text).await {
            let chosen = narrow.choices.iter().filter(|choice| choice.is_chosen);
            let chosen: Vec<_> = chosen.collect();
            for choice in &narrow.choices {
                let to = choice.to.as_deref().unwrap();
                // Alone, a choice gives its count; with others of its facet, as many as any of them.
                let rest = chosen.iter().fold(text.to_owned(), |text, chosen| {
                    if chosen.term == choice.term {
                        return text;
                    }
                    let again = narrow_of(&narrow).toggled(&text, &term(chosen));
                    again.unwrap()
                });
                let alone = if choice.is_chosen {
                    rest
                } else {
                    narrow_of(&narrow).toggled(&rest, &term(choice)).unwrap()
                };
                assert_eq!(count(&alone).await, choice.devices, "{text} → {alone}");
                // Turned round, it is the other way; what nobody has is then not offered.
                let turned = narrowed(&world, to).await;
                let turned = by(&turned, narrow.path.as_deref().unwrap_or(""));
                let mut same = turned
                    .choices
                    .iter()
                    .filter(|other| other.is == choice.is && other.term == choice.term);
                let is_chosen = same.next().is_some_and(|same| same.is_chosen);
                assert_ne!(is_chosen, choice.is_chosen, "{to}");
            }
        }
    }
}

fn term(choice: &Choice) -> query::Expr {
    query::parse_condition(&choice.term).condition.unwrap()
}

fn narrow_of(narrow: &Narrow) -> query::facet::Facet {
    match &narrow.path {
        Some(path) => query::facet::Facet::of_values(query::Path::parse(path).unwrap()),
        None => query::facet::Facet::of_conditions(narrow.choices.iter().map(term).collect()),
    }
}

#[tokio::test]
async fn the_text_checks_what_it_says_and_a_choice_rewrites_it() {
    let world = mixed().await;
    let found = narrowed(&world, "IS_DRIFTING() AND tags.region IN ['N', 'gone']").await;
    let region = by(&found, "tags.region");
    let [n, s, gone] = ["N", "S", "gone"].map(|name| is(region, &Chosen::Value(json!(name))));
    assert!(n.is_chosen && !s.is_chosen && gone.is_chosen && gone.devices == 0);
    assert_eq!(
        s.to.as_deref(),
        Some("IS_DRIFTING() AND tags.region IN ['N', 'gone', 'S']")
    );
    assert_eq!(
        n.to.as_deref(),
        Some("IS_DRIFTING() AND tags.region = 'gone'")
    );
    assert!(
        is(region, &Chosen::Missing).to.is_some(),
        "one has no region"
    );
    assert_eq!(region.devices, 12, "all that drift");
    let drift = &found[0].choices;
    assert!(drift[0].is_chosen && !drift[2].is_chosen);

    let opaque = narrowed(&world, "tags.region = 'N' AND tags.region = 'S'").await;
    let region = by(&opaque, "tags.region");
    assert!(region.is_opaque && region.choices.iter().all(|choice| choice.to.is_none()));
}

#[tokio::test]
async fn what_only_documents_can_count_is_said() {
    let world = mixed().await;
    let narrowing = world
        .fleet
        .monitor()
        .narrow(&supervisor(), "tags.other = 1 AND tags.region = 'N'")
        .await
        .unwrap();
    assert_eq!(narrowing.by, []);
    assert_eq!(narrowing.uncounted, ["tags.other"]);
}

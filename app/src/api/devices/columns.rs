//! What a file of devices holds: the standard values, or any paths.

use query::Path;

/// Most paths of a file; further ones are left out.
const PATHS_MAX: usize = 24;
/// What a file holds without a choice.
const STANDARD: [&str; 12] = [
    "status",
    "connectionState",
    "lastActivityTime",
    "tags.region",
    "tags.site",
    "tags.class",
    "properties.reported.firmware.version",
    "properties.desired.firmware.version",
    "drift.count",
    "drift.refused",
    "drift.since",
    "properties.reported.network.rssi_dbm",
];

/// The paths of an address, each once, after the id; the standard ones without any that can be read.
pub(super) fn read(text: Option<&str>) -> Vec<Path> {
    let keys = text.map(split).unwrap_or_default();
    let mut paths: Vec<Path> = Path::parse("deviceId").into_iter().collect();
    let mut add = |key: &str| {
        if let Some(path) = Path::parse(key)
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    };
    keys.iter().take(PATHS_MAX).for_each(|key| add(key));
    if paths.len() < 2 {
        paths.extend(STANDARD.into_iter().filter_map(Path::parse));
    }
    paths
}

/// The keys between commas; commas within brackets belong to a key.
pub(crate) fn split(text: &str) -> Vec<String> {
    let (mut keys, mut key, mut depth) = (Vec::new(), String::new(), 0_u32);
    for letter in text.chars() {
        match letter {
            ',' if depth == 0 => keys.push(std::mem::take(&mut key)),
            letter => {
                match letter {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                key.push(letter);
            }
        }
    }
    keys.push(key);
    keys.iter()
        .map(|key| key.trim().to_owned())
        .filter(|key| !key.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_in_their_order_and_once() {
        let read = |text| -> Vec<_> {
            let paths = read(text);
            paths.iter().map(ToString::to_string).collect()
        };
        assert_eq!(read(None).len(), STANDARD.len() + 1);
        assert_eq!(read(Some(" ,1 + 1")), read(None), "nothing that is a path");
        assert_eq!(
            read(Some("tags.a,tags.['x,y'],tags.a,deviceId,desired.b")),
            ["deviceId", "tags.a", "tags.[[x,y]]", "properties.desired.b"]
        );
    }
}

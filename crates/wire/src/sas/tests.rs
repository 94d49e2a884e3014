use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const KEY_TEXT: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const EXPIRY: Timestamp = Timestamp::from_ms(1_893_456_000_000);

/// The vectors of contract 1.1: what it is, the token, the resource it opens, its policy.
const VECTORS: [(&str, &str, &str, Option<&str>); 5] = [
    (
        "hub device",
        "SharedAccessSignature sr=localhost%2Fdevices%2Fdev-1&sig=CMjFVRu%2FlkIIObfLbOwRQKxH8AqOy1R%2FQpMkTkd36VI%3D&se=1893456000",
        "localhost/devices/dev-1",
        None,
    ),
    (
        "hub service, Node order",
        "SharedAccessSignature sr=localhost&sig=N9AVYPD6rauo%2B%2Fu81WO9LItQYaxGr0e9u0CQZ%2BY%2B4PU%3D&skn=iothubowner&se=1893456000",
        "localhost/twins/d",
        Some("iothubowner"),
    ),
    (
        "provisioning device, resource not encoded",
        "SharedAccessSignature sr=0ne00000001/registrations/reg-1&sig=s1nGQMqIBbBYiyGo%2FzyLIiakpwetNfGMRVtDHA%2FdGKo%3D&skn=registration&se=1893456000",
        "0ne00000001/registrations/reg-1",
        Some("registration"),
    ),
    (
        "provisioning device, no policy",
        "SharedAccessSignature sr=0ne00000001%2Fregistrations%2Freg-1&sig=t6AVfmjdlfFzEHKIiCcYlaWr5RSi63Ch0NpICh7d534%3D&se=1893456000",
        "0ne00000001/registrations/reg-1",
        None,
    ),
    (
        "hub service, slash in the signature not encoded",
        "SharedAccessSignature sr=localhost&sig=N9AVYPD6rauo%2B/u81WO9LItQYaxGr0e9u0CQZ%2BY%2B4PU%3D&se=1893456000&skn=iothubowner",
        "localhost",
        Some("iothubowner"),
    ),
];

#[test]
fn the_vectors_of_the_contract_verify() {
    let key = decode_key(KEY_TEXT).unwrap();
    for (name, text, resource, policy) in VECTORS {
        let token = Token::parse(text).unwrap();
        assert_eq!(
            token.verify(&[b"another key", &key], resource, EXPIRY),
            Ok(()),
            "{name}"
        );
        assert_eq!(
            (token.policy.as_deref(), token.expires_at),
            (policy, EXPIRY),
            "{name}"
        );
    }
}

#[test]
fn building_gives_the_vectors_of_the_contract() {
    let key = decode_key(KEY_TEXT).unwrap();
    assert_eq!(
        build(
            &resource_of_device("localhost", "dev-1"),
            &key,
            None,
            EXPIRY
        ),
        VECTORS[0].1
    );
    let service = "SharedAccessSignature sr=localhost&sig=N9AVYPD6rauo%2B%2Fu81WO9LItQYaxGr0e9u0CQZ%2BY%2B4PU%3D&se=1893456000&skn=iothubowner";
    assert_eq!(
        build("localhost", &key, Some("iothubowner"), EXPIRY),
        service
    );
}

#[test]
fn each_refusal_has_its_reason() {
    let key = decode_key(KEY_TEXT).unwrap();
    let token = Token::parse(VECTORS[0].1).unwrap();
    let resource = "localhost/devices/dev-1";
    assert_eq!(
        token.verify(&[], resource, EXPIRY),
        Err(SasError::Signature)
    );
    assert_eq!(
        token.verify(&[b"wrong"], resource, EXPIRY),
        Err(SasError::Signature)
    );
    assert_eq!(
        token.verify(&[&key], "localhost/devices/dev-2", EXPIRY),
        Err(SasError::Resource)
    );
    assert_eq!(
        token.verify(&[&key], "elsewhere/devices/dev-1", EXPIRY),
        Err(SasError::Resource)
    );
    let five_minutes_late = EXPIRY.plus(std::time::Duration::from_mins(5));
    assert_eq!(token.verify(&[&key], resource, five_minutes_late), Ok(()));
    let later = five_minutes_late.plus(std::time::Duration::from_millis(1));
    assert_eq!(
        token.verify(&[&key], resource, later),
        Err(SasError::Expired { at: EXPIRY })
    );
}

#[test]
fn a_garbled_token_says_what_is_wrong() {
    for (text, error) in [
        ("", SasError::Scheme),
        ("Bearer abc", SasError::Scheme),
        ("SharedAccessSignature", SasError::Scheme),
        (
            "SharedAccessSignature sr=a&sig=AAAA",
            SasError::Missing { field: "se" },
        ),
        (
            "SharedAccessSignature sr=a&se=1",
            SasError::Missing { field: "sig" },
        ),
        (
            "SharedAccessSignature sig=AAAA&se=1",
            SasError::Missing { field: "sr" },
        ),
        (
            "SharedAccessSignature sr=a&sig=AAAA&se=soon",
            SasError::Malformed { field: "se" },
        ),
        (
            "SharedAccessSignature sr=a&sig=@@@&se=1",
            SasError::Malformed { field: "sig" },
        ),
        (
            "SharedAccessSignature sr=a&sr=b&sig=AAAA&se=1",
            SasError::Malformed { field: "sr" },
        ),
    ] {
        assert_eq!(Token::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_host_may_carry_a_port_and_a_resource_a_slash() {
    for (granted, wanted, expected) in [
        ("localhost%3A8443", "localhost", true),
        ("LOCALHOST", "localhost/devices/d", true),
        ("localhost/devices", "localhost/devices/d", true),
        ("localhost/devices/", "localhost/devices/d", true),
        ("localhost/dev", "localhost/devices/d", false),
        ("localhost/devices/d/x", "localhost/devices/d", false),
        ("local", "localhost", false),
    ] {
        let text = format!("SharedAccessSignature sr={granted}&sig=AAAA&se=1");
        assert_eq!(
            Token::parse(&text).unwrap().covers(wanted),
            expected,
            "{granted} for {wanted}"
        );
    }
}

#[test]
fn debug_shows_no_signature() {
    let token = Token::parse("SharedAccessSignature sr=a&sig=c2VjcmV0&se=1").unwrap();
    assert_eq!(
        format!("{token:?}"),
        "Token { raw_resource: \"a\", policy: None, expires_at: 1970-01-01T00:00:01.0000000Z, .. }"
    );
}

proptest! {
    #[test]
    fn a_built_token_opens_its_resource_with_its_key_alone(
        key in vec(any::<u8>(), 1..64),
        other in vec(any::<u8>(), 1..64),
        device_id in "[a-zA-Z0-9.+%_#*?!(),=@$':-]{1,16}",
        policy in prop::option::of("[a-zA-Z &=]{1,8}"),
    ) {
        let resource = resource_of_device("hub.example", &device_id);
        let text = build(&resource, &key, policy.as_deref(), EXPIRY);
        let token = Token::parse(&text).unwrap();
        prop_assert_eq!(token.policy.as_deref(), policy.as_deref());
        prop_assert_eq!(token.verify(&[&key], &resource, EXPIRY), Ok(()));
        // HMAC pads short keys with zeros: only keys that differ beyond that are others.
        let bare = |key: &[u8]| key.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if key.get(..bare(&key)) != other.get(..bare(&other)) {
            prop_assert_eq!(token.verify(&[&other], &resource, EXPIRY), Err(SasError::Signature));
        }
    }

    #[test]
    fn parsing_never_panics(text in "(SharedAccessSignature )?[a-z=&%0-9]{0,40}") {
        let _ = Token::parse(&text);
    }
}

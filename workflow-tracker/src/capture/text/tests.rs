//! What is found in texts, and what is left alone.

use super::*;

fn shown(text: &str) -> String {
    let names = Names::default();
    let once = redacted(text, &names).into_owned();
    assert_eq!(redacted(&once, &names), once, "twice");
    once
}

#[test]
fn values_of_denied_names_go() {
    for (text, expected) in [
        ("password=hunter2", "password=[redacted]"),
        (
            "user=me password=hunter2 host=db",
            "user=me password=[redacted] host=db",
        ),
        ("PGPASSWORD = hunter2, x", "PGPASSWORD = [redacted], x"),
        ("bad token: abc.def", "bad token: [redacted]"),
        (
            r#"{"apiKey": "a\"b", "n": 1}"#,
            r#"{"apiKey": "[redacted]", "n": 1}"#,
        ),
        (
            r#"got "{\"token\":\"abc\",\"n\":1}""#,
            r#"got "{\"token\":\"[redacted]\",\"n\":1}""#,
        ),
        ("{'secret': 'it''s'}", "{'secret': '[redacted]''s'}"),
        (
            r#"Login { user: "me", password: Some("a)b") }"#,
            r#"Login { user: "me", password: [redacted] }"#,
        ),
        (
            r#"Login { token: Token { inner: "}" }, n: 1 }"#,
            "Login { token: [redacted], n: 1 }",
        ),
        ("secrets: [1, [2]], n: 1", "secrets: [redacted], n: 1"),
        ("secret: (unclosed", "secret: [redacted]"),
        (r#"password: "unclosed é"#, r#"password: "[redacted]"#),
        (
            "headers[\"authorization\"] = \"Basic x\"",
            "headers[\"authorization\"] = \"[redacted]\"",
        ),
        (
            "Authorization: Bearer a b c\nHost: x",
            "Authorization: [redacted]\nHost: x",
        ),
        (
            "Set-Cookie: sid=1; Path=/\r\nX: 1",
            "Set-Cookie: [redacted]\r\nX: 1",
        ),
        ("proxy_token: Bearer abc, n", "proxy_token: [redacted], n"),
        (
            "run --api-key abc --verbose",
            "run --api-key [redacted] --verbose",
        ),
        ("db.password=>x;", "db.password=>[redacted];"),
        (
            "missing value for `password`: hunter2",
            "missing value for `password`: [redacted]",
        ),
        (
            "a=1&access_token=abc&b=2",
            "a=1&access_token=[redacted]&b=2",
        ),
    ] {
        assert_eq!(shown(text), expected);
    }
}

#[test]
fn urls_lose_user_and_query() {
    for (text, expected) in [
        (
            "GET https://a.b/c?x=1&y=2 failed",
            "GET https://a.b/c?[redacted] failed",
        ),
        (
            "for url (https://a.b/c?x=1)",
            "for url (https://a.b/c?[redacted])",
        ),
        ("https://a.b/c#frag.", "https://a.b/c#[redacted]."),
        (
            "postgres://me:hunter2@db:5432/x",
            "postgres://[redacted]@db:5432/x",
        ),
        (
            "postgres://me:hun/ter?2@db:5432/x",
            "postgres://[redacted]@db:5432/x",
        ),
        ("\"redis://:p@ss@cache\"", "\"redis://[redacted]@cache\""),
        (
            "see https://github.com/@me/x:y.",
            "see https://github.com/@me/x:y.",
        ),
        ("is it http://localhost:80/?", "is it http://localhost:80/?"),
        ("http://[::1]:80/@x", "http://[::1]:80/@x"),
        ("://", "://"),
    ] {
        assert_eq!(shown(text), expected);
    }
}

#[test]
fn credentials_go_wherever_they_stand() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
    assert_eq!(
        shown(&format!("bad jwt {token}, sorry")),
        "bad jwt [redacted], sorry"
    );
    assert_eq!(
        shown("sent bearer abc.def to x"),
        "sent bearer [redacted] to x"
    );
    assert_eq!(shown("sent Basic dXNlcjpwYXNz"), "sent Basic [redacted]");
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----";
    assert_eq!(shown(&format!("key {key} is bad")), "key [redacted] is bad");
    assert_eq!(shown("-----BEGIN PRIVATE KEY-----\nMII"), "[redacted]");
}

#[test]
fn what_only_speaks_of_secrets_stays() {
    for text in [
        "",
        "the token has expired",
        "password must have 8 letters",
        "basic authentication failed",
        "Token::parse failed",
        "missing field `token` at line 1",
        "no secret",
        "token:",
        "token=",
        "a=b c: d --verbose yes",
        "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
        "größe: 3 — naïve \u{1f980}",
    ] {
        assert_eq!(shown(text), text);
        assert!(matches!(
            redacted(text, &Names::default()),
            Cow::Borrowed(_)
        ));
    }
}

/// Whatever a text is made of, scanning ends, and cuts no character in two.
#[test]
fn no_arrangement_of_marks_upsets_the_scan() {
    let parts = [
        "token",
        "=",
        ":",
        "\"",
        "'",
        "\\",
        "(",
        ")",
        "{",
        "]",
        " ",
        "é",
        "://",
        "@",
        "?",
        "#",
        "Bearer",
        "--secret",
        "-----BEGIN ",
        "PRIVATE KEY",
        "-----END ",
        "\n",
        "x",
        "`",
        "eyJ",
    ];
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let text: String = (0..rng.usize(1..12))
            .map(|_| parts[rng.usize(..parts.len())])
            .collect();
        let once = redacted(&text, &Names::default()).into_owned();
        assert!(
            once.len() <= text.len() + 12 * REDACTED.len(),
            "{text:?}: {once:?}"
        );
    }
}

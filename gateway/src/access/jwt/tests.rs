use super::*;

fn settings() -> JwtSettings {
    JwtSettings {
        jwks_url: Some("https://issuer.example.org/keys".to_owned()),
        jwks_file: None,
        issuer: "https://issuer.example.org".to_owned(),
        audience: "cpaiqa".to_owned(),
        tenant_claim: "tenant".to_owned(),
        operator_claim: None,
        leeway_seconds: 60,
        algorithms: vec![Signing::ES256],
        refresh_seconds: 300,
        known_seconds: 3_600,
    }
}

#[track_caller]
fn refused(settings: JwtSettings) -> String {
    Tokens::new(settings).err().unwrap().to_string()
}

fn at(url: &str) -> JwtSettings {
    JwtSettings { jwks_url: Some(url.to_owned()), ..settings() }
}

#[test]
fn keys_come_encrypted_or_from_this_machine() {
    for url in ["https://issuer.example.org/keys", "http://localhost:80/keys", "http://127.0.0.1/keys", "http://[::1]/"]
    {
        assert!(Tokens::new(at(url)).is_ok(), "{url}");
    }
    for url in ["http://issuer.example.org/keys", "http://localhost.example.org/", "file:///keys", "keys", ""] {
        let error = refused(at(url));
        assert!(error.starts_with("gateway.access.jwt.jwks_url: expected an https:// address"), "{error}");
    }
}

#[test]
fn settings_that_cannot_be_right_are_refused_by_name() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{}").unwrap();
    let in_file = |path: &std::path::Path| JwtSettings { jwks_url: None, jwks_file: Some(path.into()), ..settings() };
    for (settings, expected) in [
        (JwtSettings { jwks_url: None, ..settings() }, "jwt: expected either jwks_url or jwks_file"),
        (JwtSettings { jwks_file: Some("keys.json".into()), ..settings() }, "jwt: expected either"),
        (in_file("missing.json".as_ref()), "jwt.jwks_file: missing.json: "),
        (in_file(file.path()), "expected a JSON Web Key Set"),
        (JwtSettings { issuer: String::new(), ..settings() }, "jwt.issuer: expected"),
        (JwtSettings { audience: String::new(), ..settings() }, "jwt.audience: expected"),
        (JwtSettings { algorithms: Vec::new(), ..settings() }, "jwt.algorithms: expected at least one"),
        (JwtSettings { leeway_seconds: 601, ..settings() }, "jwt.leeway_seconds: expected at most 600, got 601"),
        (JwtSettings { known_seconds: 299, ..settings() }, "jwt.known_seconds: expected at least refresh_seconds"),
    ] {
        let error = refused(settings);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_way_to_sign_that_needs_no_secret_of_the_issuer_cannot_be_configured() {
    let text =
        |algorithm: &str| format!("jwks_file = 'keys'\nissuer = 'i'\naudience = 'a'\nalgorithms = ['{algorithm}']");
    assert_eq!(toml::from_str::<JwtSettings>(&text("ES384")).unwrap().algorithms, [Signing::ES384]);
    for algorithm in ["none", "HS256", "HS512"] {
        let error = toml::from_str::<JwtSettings>(&text(algorithm)).unwrap_err().to_string();
        assert!(error.contains(algorithm) && error.contains("RS256"), "{error}");
    }
    let plain = toml::from_str::<JwtSettings>("jwks_file = 'keys'\nissuer = 'i'\naudience = 'a'").unwrap();
    assert_eq!(plain.algorithms, [Signing::RS256, Signing::ES256, Signing::EdDSA]);
    assert_eq!((plain.tenant_claim.as_str(), plain.leeway_seconds), ("tenant", 60));
}

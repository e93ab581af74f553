//! Tokens that are accepted, and tokens that are not.

use cpaiqa_gateway::access::{AccessSettings, JwtSettings};
use domain::roles::RoleError;
use ring::hmac;
use serde_json::{Value, json};

use crate::{
    issuer::{Issuer, Signer, but, claims, coded, now},
    server::{Server, refusal, strict},
};

#[tokio::test]
async fn a_token_tells_its_tenant_however_it_is_signed() {
    let signers = [Signer::es256("curve"), Signer::ed_dsa("edwards"), Signer::rs256("rsa")];
    let issuer = Issuer::publishing(&signers.each_ref()).await;
    let server = Server::start(issuer.accepted(), None).await;
    for signer in &signers {
        let token = signer.token(&claims("museum"));
        assert_eq!(server.whose(Some(&token)).await.unwrap(), "museum", "{}", signer.algorithm());
    }
    let among_others = but(claims("museum"), "aud", json!(["elsewhere", "cpaiqa"]));
    assert_eq!(server.whose(Some(&signers[0].token(&among_others))).await.unwrap(), "museum");
    assert_eq!(issuer.asked(), 1, "the keys are read once");
    let key = server.key("shop").await;
    assert_eq!(server.whose(Some(&key)).await.unwrap(), "shop", "keys are accepted beside tokens");
}

/// A token that is signed with a secret: the bytes that everybody can read.
fn signed_with_the_public_key(signer: &Signer, public: &[u8]) -> String {
    let header = json!({"typ": "JWT", "alg": "HS256", "kid": signer.id});
    let message = format!("{}.{}", coded(header.to_string()), coded(claims("museum").to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public), message.as_bytes());
    format!("{message}.{}", coded(signature))
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_is_answered_in_the_same_words() {
    let (signer, rsa, stranger) = (Signer::es256("one"), Signer::rs256("two"), Signer::es256("one"));
    let issuer = Issuer::publishing(&[&signer, &rsa]).await;
    let server = Server::start(issuer.accepted(), None).await;
    let refusal = refusal(&server).await;

    let good = signer.token(&claims("museum"));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let header = json!({"alg": "ES256", "kid": "one"});
    let with = |key: &str, value: Value| signer.token(&but(claims("museum"), key, value));
    let headed = |key: &str, value: Value| signer.token_with(&but(header.clone(), key, value), &claims("museum"));
    let wrong = [
        ("another's signature", stranger.token(&claims("museum"))),
        ("no signature", format!("{head}.")),
        ("half a signature", format!("{head}.{}", &signature[..signature.len() / 2])),
        ("other claims under the signature", {
            let claims = coded(claims("shop").to_string());
            format!("{}.{claims}.{signature}", head.split_once('.').unwrap().0)
        }),
        ("an unknown key's id", headed("kid", json!("three"))),
        ("another key's id", headed("kid", json!("two"))),
        ("no key's id", headed("kid", Value::Null)),
        ("ended", with("exp", json!(now() - 60))),
        ("without an end", with("exp", Value::Null)),
        ("an end that is a text", with("exp", json!("tomorrow"))),
        ("not yet valid", with("nbf", json!(now() + 60))),
        ("another issuer", with("iss", json!("https://elsewhere.example.org"))),
        ("no issuer", with("iss", Value::Null)),
        ("another audience", with("aud", json!(["elsewhere"]))),
        ("no audience", with("aud", Value::Null)),
        ("no tenant", with("tenant", Value::Null)),
        ("a tenant that is a number", with("tenant", json!(7))),
        ("a tenant's name that is none", with("tenant", json!("../Museum"))),
        ("parts that must be understood", headed("crit", json!(["b64"]))),
        ("algorithm none", {
            let header = coded(json!({"alg": "none", "kid": "one"}).to_string());
            format!("{header}.{}.", coded(claims("museum").to_string()))
        }),
        ("algorithm none with the signature", headed("alg", json!("none"))),
        ("an algorithm that is not the key's", headed("alg", json!("RS256"))),
        ("an algorithm that is not allowed", headed("alg", json!("PS256"))),
        ("a secret: the curve's public key", signed_with_the_public_key(&signer, &signer.public())),
        ("a secret: the RSA public key", signed_with_the_public_key(&rsa, &rsa.public())),
        ("claims that are none", signer.token_with(&header, &json!("museum"))),
        ("no JSON", "a.b.c".to_owned()),
        ("three times nothing", "..".to_owned()),
        ("too many dots", format!("{good}.{signature}")),
        ("too long", with("sub", json!("x".repeat(9_000)))),
    ];
    for (what, token) in wrong {
        assert_eq!(server.whose(Some(&token)).await.unwrap_err(), refusal, "{what}");
    }
    for key in ["cpaiqa_0123", "cpaiqa_a.b.c", "nonsense"] {
        assert_eq!(server.whose(Some(key)).await.unwrap_err(), refusal, "{key}");
    }
    assert_eq!(server.whose(Some(&good)).await.unwrap(), "museum");
    let clocks_differ = with("exp", json!(now() - 2));
    assert_eq!(server.whose(Some(&clocks_differ)).await.unwrap(), "museum", "within the leeway");
}

#[tokio::test]
async fn a_refusal_says_what_is_accepted_here() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let words = async |settings: AccessSettings| refusal(&Server::start(settings, None).await).await.to_string();
    let keys = words(strict()).await;
    assert!(keys.contains("expected a live key as"), "{keys}");
    let tokens = words(issuer.accepted()).await;
    assert!(tokens.contains("expected a live key or token as"), "{tokens}");
    let certificates = [("CN=a".to_owned(), "museum".to_owned())].into();
    let all = words(AccessSettings { certificates, ..issuer.accepted() }).await;
    assert!(all.contains("live key or token") && all.contains("or a client certificate"), "{all}");
}

#[tokio::test]
async fn a_token_where_none_are_accepted_is_refused_like_a_wrong_key() {
    let server = Server::start(strict(), None).await;
    let token = Signer::es256("one").token(&claims("museum"));
    assert_eq!(server.whose(Some(&token)).await.unwrap_err(), refusal(&server).await);
}

#[tokio::test]
async fn only_a_token_that_says_so_makes_an_operator() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let server = Server::start(issuer.accepted(), None).await;
    let saying = |operator: Value| signer.token(&but(claims("museum"), "operator", operator));
    assert_eq!(server.speaks_for("shop", &saying(json!(true))).await.unwrap(), "shop");
    for said in [Value::Null, json!(false), json!("true"), json!(1)] {
        let answer = server.speaks_for("shop", &saying(said.clone())).await;
        assert!(matches!(answer, Err(RoleError::Forbidden(_))), "{said}: {answer:?}");
    }
    assert_eq!(server.speaks_for("shop", &signer.token(&claims("ops"))).await.unwrap(), "shop");

    let nobody = JwtSettings { operator_claim: None, ..issuer.settings() };
    let server = Server::start(AccessSettings { jwt: Some(nobody), ..strict() }, None).await;
    let answer = server.speaks_for("shop", &saying(json!(true))).await;
    assert!(matches!(answer, Err(RoleError::Forbidden(_))), "a claim that nobody named counts nothing: {answer:?}");
}

#[tokio::test]
async fn keys_may_stand_in_a_file() {
    let signer = Signer::ed_dsa("one");
    let file = tempfile::NamedTempFile::new().unwrap();
    // Kinds of keys that are not known here do not matter.
    let unknown =
        [json!({"kty": "OKP", "crv": "X25519", "kid": "x", "x": coded([1; 32])}), json!({"kty": "new"}), json!(1)];
    let keys: Vec<Value> = unknown.into_iter().chain([signer.published()]).collect();
    std::fs::write(file.path(), json!({ "keys": keys }).to_string()).unwrap();
    let issuer = Issuer::publishing(&[]).await;
    let settings = JwtSettings { jwks_url: None, jwks_file: Some(file.path().into()), ..issuer.settings() };
    let server = Server::start(AccessSettings { jwt: Some(settings), ..strict() }, None).await;
    assert_eq!(server.whose(Some(&signer.token(&claims("museum")))).await.unwrap(), "museum");
    assert_eq!(issuer.asked(), 0);
}

//! Issuers that are away, or answer nonsense.

use cpaiqa_gateway::access::{AccessSettings, JwtSettings};
use domain::roles::RoleError;

use crate::{
    issuer::{Issuer, Says, Signer, claims},
    server::{Server, eventually, refusal, strict},
};

#[tokio::test]
async fn known_keys_serve_for_a_while_and_not_for_ever() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let jwt = JwtSettings { refresh_seconds: 1, known_seconds: 8, ..issuer.settings() };
    let server = Server::start(AccessSettings { jwt: Some(jwt), ..strict() }, None).await;
    let token = signer.token(&claims("museum"));
    assert_eq!(server.whose(Some(&token)).await.unwrap(), "museum");

    issuer.say(Says::Status(503));
    eventually("the issuer is asked in vain", async || {
        assert_eq!(server.whose(Some(&token)).await.unwrap(), "museum", "the keys are known");
        issuer.asked() > 1
    })
    .await;
    let mut last = Ok(String::new());
    eventually("the keys are too old", async || {
        last = server.whose(Some(&token)).await;
        last.is_err()
    })
    .await;
    assert!(matches!(last, Err(RoleError::Unavailable(_))), "{last:?}");

    let refusal = refusal(&server).await;
    assert_eq!(server.whose(Some("a.b.c")).await.unwrap_err(), refusal, "what is no token needs no keys");
    let key = server.key("shop").await;
    assert_eq!(server.whose(Some(&key)).await.unwrap(), "shop", "keys do not need the issuer");

    issuer.publish(&[&signer]);
    eventually("the issuer is back", async || server.whose(Some(&token)).await.is_ok()).await;
}

#[tokio::test]
async fn what_is_no_set_of_keys_is_not_taken_for_one() {
    let signer = Signer::es256("one");
    let token = signer.token(&claims("museum"));
    let elsewhere = Issuer::publishing(&[&signer]).await;
    let keys = serde_json::json!({"keys": [signer.published()]}).to_string();
    for (what, says) in [
        ("a redirect", Says::Elsewhere(elsewhere.url())),
        ("too much", Says::Text(format!("{}{keys}", " ".repeat(1 << 18)))),
        ("something else", Says::Text("<html>".to_owned())),
        ("an error", Says::Status(404)),
    ] {
        let issuer = Issuer::publishing(&[]).await;
        issuer.say(says);
        let server = Server::start(issuer.accepted(), None).await;
        let answer = server.whose(Some(&token)).await;
        assert!(matches!(answer, Err(RoleError::Unavailable(_))), "{what}: {answer:?}");
        assert_eq!(issuer.asked(), 1, "{what}");
    }
    assert_eq!(elsewhere.asked(), 0, "redirects are not followed");
}

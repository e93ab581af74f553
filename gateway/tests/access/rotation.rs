//! Keys of tokens that change.

use std::time::Instant;

use domain::roles::RoleError;
use futures::future::join_all;
use serde_json::json;

use crate::{
    issuer::{Issuer, Signer, claims},
    server::{Server, eventually, refusal, whose_on},
};

#[tokio::test]
async fn a_new_keys_tokens_are_accepted_after_one_look_and_the_old_ones_no_more() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let issuer = Issuer::publishing(&[&old]).await;
    let server = Server::start(issuer.accepted(), None).await;
    let (by_old, by_new) = (old.token(&claims("museum")), new.token(&claims("museum")));
    assert_eq!(server.whose(Some(&by_old)).await.unwrap(), "museum");
    issuer.publish(&[&new]);
    eventually("the new key", async || server.whose(Some(&by_new)).await.is_ok()).await;
    assert_eq!(issuer.asked(), 2);
    assert_eq!(server.whose(Some(&by_old)).await.unwrap_err(), refusal(&server).await);
}

#[tokio::test]
async fn a_thousand_unknown_keys_cost_the_issuer_a_few_answers() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let server = Server::start(issuer.accepted(), None).await;
    let (refusal, start, connection) = (refusal(&server).await, Instant::now(), server.connection());
    let unknown = (0..1_000).map(|number| {
        let header = json!({"alg": "ES256", "kid": format!("unknown {number}")});
        let token = signer.token_with(&header, &claims("museum"));
        let connection = connection.clone();
        async move { whose_on(connection, Some(&token)).await }
    });
    for answer in join_all(unknown).await {
        assert_eq!(answer.unwrap_err(), refusal);
    }
    // One look at once, and another one in every three seconds that the machine took.
    let few = 1 + start.elapsed().as_secs() / 3;
    assert!(u64::from(issuer.asked()) <= few, "{} of {few}", issuer.asked());
    assert_eq!(server.whose(Some(&signer.token(&claims("museum")))).await.unwrap(), "museum");
}

#[tokio::test]
async fn callers_who_leave_take_the_keys_from_nobody() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let held = issuer.answers.forget_permits(usize::MAX);
    assert!(held > 0);
    let server = Server::start(issuer.accepted(), None).await;
    let token = signer.token(&claims("museum"));
    let impatient = async {
        tokio::select! {
            answer = server.whose(Some(&token)) => panic!("{answer:?}"),
            () = eventually("the issuer is asked", async || issuer.asked() == 1) => {}
        }
    };
    impatient.await;
    let (waiting, ()) = tokio::join!(server.whose(Some(&token)), async { issuer.answers.add_permits(1) });
    assert_eq!(waiting.unwrap(), "museum");
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn a_key_is_looked_at_again_after_a_while() {
    let signer = Signer::es256("one");
    let issuer = Issuer::publishing(&[&signer]).await;
    let mut settings = issuer.accepted();
    settings.jwt.as_mut().unwrap().refresh_seconds = 1;
    let server = Server::start(settings, None).await;
    let token = signer.token(&claims("museum"));
    assert_eq!(server.whose(Some(&token)).await.unwrap(), "museum");
    issuer.publish(&[]);
    let mut last = Ok(String::new());
    eventually("a key that was taken away", async || {
        last = server.whose(Some(&token)).await;
        last.is_err()
    })
    .await;
    assert!(matches!(last, Err(RoleError::Unauthenticated(_))), "{last:?}");
}

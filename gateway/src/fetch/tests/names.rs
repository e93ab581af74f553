use super::*;
use crate::fetch::resolver::Guarded;

const NAME: &str = "images.test";

#[tokio::test]
async fn a_name_with_a_private_address_is_refused_without_telling_it() {
    let origin = Origin::start(|_| picture(b"secret")).await;
    let url = format!("http://{NAME}:{}/", origin.port);
    let mut messages = Vec::new();
    let answers: [&[&[&str]]; 5] =
        [&[&["127.0.0.1"]], &[&["10.1.2.3", "fd00::1"]], &[&["169.254.169.254"]], &[&[]], &[]];
    for answer in answers {
        let fetcher = Fetcher::with_resolver(strict(&[origin.port]), Script::new(answer)).unwrap();
        messages.push(refused(fetch_from(&fetcher, &url).await));
    }
    assert_eq!(origin.connections(), 0);
    assert!(messages[0].contains("expected a host with a public address, got images.test"), "{}", messages[0]);
    // Nor does it tell whether there is such a name.
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
}

#[tokio::test]
async fn of_a_names_addresses_only_those_are_kept_that_may_be_asked() {
    for (private_too, kept) in [(false, &["2d00::1"][..]), (true, &["2d00::1", "127.0.0.1"])] {
        let inner = Script::new(&[&["0.0.0.0", "2d00::1", "169.254.169.254", "127.0.0.1", "::ffff:0.0.0.0"]]);
        let addresses = Guarded { inner, private_too }.resolve(NAME.parse().unwrap()).await.unwrap();
        assert_eq!(addresses.map(|address| address.ip().to_string()).collect::<Vec<_>>(), kept);
    }
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_asked() {
    let origin = Origin::start(|_| picture(b"secret")).await;
    // Public when it is checked, private when it would be looked up again. Nobody has the public one: 2d00::/8 is not
    // given out.
    let resolver = Script::new(&[&["2d00::1"], &["127.0.0.1"]]);
    let settings = FetchSettings { timeout_ms: 500, ..strict(&[origin.port]) };
    let fetcher = Fetcher::with_resolver(settings, resolver.clone()).unwrap();
    let url = format!("http://{NAME}:{}/", origin.port);
    let error = fetch_from(&fetcher, &url).await.unwrap_err();
    assert!(
        !error.to_string().contains("expected a host with a public address"),
        "the first answer is public: {error}"
    );
    assert_eq!((resolver.asked(), origin.connections()), (1, 0));
    // The next fetch checks the new answer.
    let message = refused(fetch_from(&fetcher, &url).await);
    assert!(message.contains("expected a host with a public address"), "{message}");
    assert_eq!((resolver.asked(), origin.connections()), (2, 0));
}

#[tokio::test]
async fn a_name_that_moves_between_redirects_is_checked_again() {
    let hidden = Origin::start(|_| picture(b"secret")).await;
    let there = format!("http://{NAME}:{}/", hidden.port);
    let public = Origin::start(move |_| redirect(&there)).await;
    // To whoever asks for 0.0.0.0, the hidden server answers; it is one of the addresses that are never asked.
    TcpStream::connect((Ipv4Addr::UNSPECIFIED, hidden.port)).await.unwrap();
    let mut connections = hidden.connections.clone();
    tokio::time::timeout(PATIENCE, connections.wait_for(|count| *count == 1)).await.unwrap().unwrap();
    let resolver = Script::new(&[&["127.0.0.1"], &["0.0.0.0"]]);
    let fetcher = Fetcher::with_resolver(open(&[public.port, hidden.port]), resolver.clone()).unwrap();
    let message = refused(fetch_from(&fetcher, &format!("http://{NAME}:{}/", public.port)).await);
    assert!(message.contains("expected a host with a public address"), "{message}");
    assert_eq!((resolver.asked(), public.connections(), hidden.connections()), (2, 1, 1));
}

#[tokio::test]
async fn a_resolver_that_never_answers_ends_at_the_deadline() {
    struct Silent;
    impl Resolve for Silent {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(std::future::pending())
        }
    }
    let settings = FetchSettings { timeout_ms: 50, ..strict(&[]) };
    let fetcher = Fetcher::with_resolver(settings, Arc::new(Silent)).unwrap();
    let error = fetch_from(&fetcher, "https://images.test/").await.unwrap_err();
    assert!(matches!(error, RoleError::DeadlineExceeded(_)), "{error}");
}

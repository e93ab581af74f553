use super::*;

#[tokio::test]
async fn redirects_are_followed_to_the_picture_wherever_their_address_is_relative_to() {
    let origin = Origin::start(|path| match path {
        "/a/first" => redirect("second?size=1"),
        "/a/second?size=1" => redirect("/third"),
        _ => picture(path.as_bytes()),
    })
    .await;
    assert_eq!(fetch(open(&[origin.port]), &origin.url("/a/first")).await.unwrap(), "/third");
}

#[tokio::test]
async fn a_redirect_is_checked_like_the_first_url() {
    let hidden = Origin::start(|_| picture(b"secret")).await;
    for (to, why) in [
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "a host with a public address"),
        (format!("http://0.0.0.0:{}/", hidden.port), "a host with a public address"),
        (format!("http://[::ffff:0.0.0.0]:{}/", hidden.port), "a host with a public address"),
        (format!("//0:{}/", hidden.port), "a host with a public address"),
        ("file:///etc/passwd".to_owned(), "got the scheme \"file\""),
        ("gopher://127.0.0.1/".to_owned(), "got the scheme \"gopher\""),
        ("http://cat:secret@127.0.0.1/".to_owned(), "without user name and password"),
        ("http://127.0.0.1:22/".to_owned(), "the port that belongs to http"),
        (format!("http://localhost:{}/", hidden.port), "one of the hosts"),
        ("http://[".to_owned(), "redirects to something that is no URL"),
    ] {
        let target = to.clone();
        let origin = Origin::start(move |_| redirect(&target)).await;
        let allowed_hosts = ["127.0.0.1", "169.254.169.254", "0.0.0.0", "[::ffff:0.0.0.0]"];
        let allowed_hosts = allowed_hosts.map(|text| text.to_owned().try_into().unwrap()).to_vec();
        let settings = FetchSettings { allowed_hosts, ..open(&[origin.port, hidden.port]) };
        let message = refused(fetch(settings, &origin.url("/")).await);
        assert!(message.contains(why), "{to}: {message}");
        assert_eq!((origin.connections(), hidden.connections()), (1, 0), "{to}");
    }
}

#[tokio::test]
async fn a_redirect_from_https_only_hosts_may_not_lead_to_http() {
    // The check is the same one at every step; here it is asked directly, since the loopback server speaks http alone.
    let settings = FetchSettings { allow_http: false, ..strict(&[]) };
    let at = |url: &str| settings.check(&url.parse().unwrap(), &[HostPattern::Any]);
    assert_eq!(at("https://images.example.org/cat.png"), Ok(()));
    assert!(at("http://images.example.org/cat.png").is_err());
}

#[tokio::test]
async fn a_loop_of_redirects_ends() {
    let origin = Origin::start(|_| redirect("/again")).await;
    let message = refused(fetch(open(&[origin.port]), &origin.url("/")).await);
    assert!(message.contains("expected at most 3 redirects, got more"), "{message}");
    assert_eq!(origin.heads().len(), 4);
    let none = FetchSettings { max_redirects: 0, ..open(&[origin.port]) };
    assert!(refused(fetch(none, &origin.url("/")).await).contains("at most 0 redirects"));
    assert_eq!(origin.heads().len(), 5);
}

#[tokio::test]
async fn a_redirect_that_leads_nowhere_is_no_picture() {
    let origin = Origin::start(|_| reply("302 Found", "", b"moved")).await;
    let message = refused(fetch(open(&[origin.port]), &origin.url("/")).await);
    assert!(message.contains("the host answered 302"), "{message}");
}

#[tokio::test]
async fn requests_tell_who_asks_and_nothing_of_the_caller_or_of_earlier_answers() {
    let origin = Origin::start(|path| match path {
        "/first" => reply("302 Found", "Location: /second\r\nSet-Cookie: seen=1; Path=/\r\n", b""),
        _ => picture(b"cat"),
    })
    .await;
    fetch(open(&[origin.port]), &origin.url("/first#part")).await.unwrap();
    let heads = origin.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        let head = head.to_lowercase();
        assert!(head.starts_with("get /"), "{head}");
        assert!(head.contains(&format!("user-agent: cpaiqa/{}\r\n", env!("CARGO_PKG_VERSION"))), "{head}");
        for told in ["cookie", "referer", "authorization", "forwarded", "part"] {
            assert!(!head.contains(told), "{told}: {head}");
        }
    }
}

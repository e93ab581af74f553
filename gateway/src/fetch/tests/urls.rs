use super::*;

/// What must not be asked for, and a server on this machine that would answer.
async fn refused_without_a_connection(urls: &[&str], why: &str) {
    let origin = Origin::start(|_| picture(b"secret")).await;
    let fetcher = Fetcher::new(strict(&[origin.port])).unwrap();
    for url in urls {
        let url = url.replace("PORT", &origin.port.to_string());
        let message = refused(fetch_from(&fetcher, &url).await);
        assert!(message.contains(why), "{url}: {message}");
    }
    assert_eq!(origin.connections(), 0);
}

#[tokio::test]
async fn this_machine_is_refused_however_its_address_is_written() {
    let urls = [
        "http://127.0.0.1:PORT/",
        "http://2130706433:PORT/",
        "http://0177.0.0.1:PORT/",
        "http://0x7f.1:PORT/",
        "http://0x7f000001:PORT/",
        "http://127.1:PORT/",
        "http://127.0.0.1.:PORT/",
        "http://%31%32%37.0.0.1:PORT/",
        "http://１２７.0.0.1:PORT/",
        "http://0.0.0.0:PORT/",
        "http://0:PORT/",
        "http://[::1]:PORT/",
        "http://[::]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/",
        "http://[::ffff:7f00:1]:PORT/",
        "http://[::127.0.0.1]:PORT/",
        "http://[64:ff9b::127.0.0.1]:PORT/",
        "http://[2002:7f00:1::1]:PORT/",
        "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:PORT/",
        // Resolved by the system, as a user's would be.
        "http://localhost:PORT/",
        "http://LOCALHOST.:PORT/",
    ];
    refused_without_a_connection(&urls, "expected a host with a public address").await;
}

#[tokio::test]
async fn private_special_and_metadata_addresses_are_refused() {
    let urls = [
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://172.31.255.255/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://192.0.2.1/",
        "https://198.18.0.1/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[ff02::1]/",
        "https://[2001:db8::1]/",
    ];
    refused_without_a_connection(&urls, "expected a host with a public address").await;
}

#[tokio::test]
async fn closed_networks_still_do_not_ask_metadata_and_reserved_addresses() {
    for host in ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "0.0.0.0", "[fe80::1]", "255.255.255.255"] {
        let message = refused(fetch(open(&[]), &format!("http://{host}/")).await);
        assert!(message.contains("expected a host with a public address"), "{host}: {message}");
    }
}

#[tokio::test]
async fn other_schemes_are_refused() {
    for (url, scheme) in [
        ("file:///etc/passwd", "\"file\""),
        ("ftp://images.example.org/cat.png", "\"ftp\""),
        ("data:image/png;base64,AAAA", "\"data\""),
        ("gopher://127.0.0.1:6379/_", "\"gopher\""),
    ] {
        let message = refused(fetch(strict(&[]), url).await);
        assert!(message.contains("https:// or http://") && message.contains(scheme), "{url}: {message}");
    }
    let https_only = FetchSettings { allow_http: false, ..strict(&[]) };
    let message = refused(fetch(https_only, "http://images.example.org/cat.png").await);
    assert!(message.contains("starts with https://, got the scheme \"http\""), "{message}");
}

#[tokio::test]
async fn what_is_no_url_and_what_is_too_long_for_one_is_refused() {
    for url in ["cat.png", "", "https://", "//images.example.org/cat.png", "https://exa mple.org/", "http://256.1.1.1/"]
    {
        let message = refused(fetch(strict(&[]), url).await);
        assert!(message.contains("expected a URL such as"), "{url}: {message}");
    }
    let long = format!("https://images.example.org/{}", "a".repeat(5000));
    let message = refused(fetch(strict(&[]), &long).await);
    assert!(message.contains("at most 4096 bytes, got 5027"), "{message}");
}

#[tokio::test]
async fn user_names_and_passwords_are_refused_and_not_repeated() {
    for url in ["https://cat@images.example.org/", "https://cat:secret@images.example.org/", "https://:secret@x.org/"] {
        let message = refused(fetch(strict(&[]), url).await);
        assert!(message.contains("without user name and password") && !message.contains("secret"), "{message}");
    }
}

#[tokio::test]
async fn other_ports_than_the_schemes_own_and_the_configured_are_refused() {
    let urls = ["https://images.example.org:22/", "http://images.example.org:443/", "https://images.example.org:0/"];
    for url in urls {
        let message = refused(fetch(strict(&[]), url).await);
        assert!(message.contains("expected the port that belongs to"), "{url}: {message}");
    }
    let message = refused(fetch(strict(&[8443, 8444]), "https://images.example.org:8445/").await);
    assert!(message.contains("belongs to https or 8443 or 8444, got 8445"), "{message}");
}

#[tokio::test]
async fn hosts_that_are_not_allowed_are_refused_before_their_names_are_resolved() {
    let allowed = ["images.example.org", "*.pictures.example"].map(|text| text.to_owned().try_into().unwrap());
    for (hosts, url) in [
        (&allowed[..], "https://evilimages.example.org/"),
        (&allowed[..], "https://pictures.example/"),
        (&allowed[..], "https://evilpictures.example/"),
        (&allowed[..], "https://images.example.org.evil.net/"),
        (&[], "https://images.example.org/"),
    ] {
        let resolver = Script::new(&[&["127.0.0.1"]]);
        let settings = FetchSettings { allowed_hosts: hosts.to_vec(), ..strict(&[]) };
        let fetcher = Fetcher::with_resolver(settings, resolver.clone()).unwrap();
        let message = refused(fetch_from(&fetcher, url).await);
        assert!(message.contains("expected one of the hosts that the gateway fetches from"), "{url}: {message}");
        assert_eq!(resolver.asked(), 0, "{url}");
    }
}

#[tokio::test]
async fn a_gateway_that_fetches_nothing_says_what_to_send_instead() {
    let off = FetchSettings { enabled: false, ..strict(&[]) };
    let message = refused(fetch(off, "https://images.example.org/cat.png").await);
    assert!(message.contains("expected the picture's bytes") && message.contains("gateway.fetch.enabled"), "{message}");
}

//! Encrypted connections.

use cpaiqa_gateway::{access::AccessSettings, backends::remote::Remote};
use domain::roles::RoleError;
use kit::{
    server::{Bound, ServerSettings},
    tls::{ClientTls, ServerTls},
};
use rcgen::CertificateParams;

use crate::{
    authority::Authority,
    server::{Server, eventually, strict},
};

fn open() -> AccessSettings {
    AccessSettings { required: false, ..strict() }
}

#[tokio::test]
async fn a_caller_trusts_a_server_by_its_signer_and_its_name() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::start(open(), Some(authority.server_tls())).await;
    assert_eq!(server.whose_over(&authority.trusting(), None).await.unwrap(), "default");
    for stranger in [other.trusting(), ClientTls::default()] {
        let answer = server.whose_over(&stranger, None).await;
        assert!(matches!(answer, Err(RoleError::Unavailable(_))), "{answer:?}");
    }
    let elsewhere = authority.sign("elsewhere", |params| {
        params.subject_alt_names =
            CertificateParams::new(["gateway.example.org".to_owned()]).unwrap().subject_alt_names;
    });
    let tls = ServerTls { certificate: elsewhere.certificate, key: elsewhere.key, ..authority.server_tls() };
    let server = Server::start(open(), Some(tls)).await;
    let answer = server.whose_over(&authority.trusting(), None).await;
    assert!(matches!(answer, Err(RoleError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_plain_caller_and_an_encrypted_server_part_and_the_other_way_round() {
    let authority = Authority::new();
    let encrypted = Server::start(open(), Some(authority.server_tls())).await;
    let plain = Server::start(open(), None).await;
    assert!(encrypted.whose(None).await.is_err());
    assert!(plain.whose_over(&authority.trusting(), None).await.is_err());
    assert_eq!(encrypted.whose_over(&authority.trusting(), None).await.unwrap(), "default");
    assert_eq!(plain.whose(None).await.unwrap(), "default");
}

#[tokio::test]
async fn certificates_are_read_again_when_their_files_change() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = old.server_tls();
    let server = Server::start(open(), Some(tls.clone())).await;
    assert_eq!(server.whose_over(&old.trusting(), None).await.unwrap(), "default");
    assert!(server.whose_over(&new.trusting(), None).await.is_err());

    // A certificate without its key, as there may be in between, changes nothing.
    let signed = new.server();
    std::fs::copy(&signed.certificate, &tls.certificate).unwrap();
    for _ in 0..30 {
        assert_eq!(server.whose_over(&old.trusting(), None).await.unwrap(), "default");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    std::fs::copy(&signed.key, &tls.key).unwrap();
    eventually("the new certificate", async || server.whose_over(&new.trusting(), None).await.is_ok()).await;
    assert!(server.whose_over(&old.trusting(), None).await.is_err());
}

async fn refused(tls: ServerTls) -> String {
    let settings = ServerSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        longest_call_ms: 1_000,
        drain_ms: 0,
        max_message_bytes: 1_000,
        tls: Some(tls),
    };
    Bound::new(&settings).await.err().unwrap().to_string()
}

#[tokio::test]
async fn a_server_names_the_file_that_it_cannot_use() {
    let authority = Authority::new();
    let good = authority.server_tls();
    let no_pem = authority.ca().with_file_name("no.pem");
    std::fs::write(&no_pem, "nothing").unwrap();
    let missing = authority.ca().with_file_name("missing.pem");
    let strange = authority.sign("strange", |_| {});
    let wrong = [
        (ServerTls { certificate: missing.clone(), ..good.clone() }, "missing.pem: cannot be read"),
        (ServerTls { certificate: no_pem.clone(), ..good.clone() }, "no.pem: expected PEM certificates"),
        (ServerTls { key: no_pem.clone(), ..good.clone() }, "no.pem: expected a PEM private key"),
        (ServerTls { key: strange.key, ..good.clone() }, "server.pem: expected the certificate that belongs to"),
        (ServerTls { client_ca: Some(no_pem.clone()), ..good.clone() }, "no.pem: expected PEM certificates"),
        (ServerTls { client_ca: None, client_required: true, ..good }, "client_required: expected client_ca"),
    ];
    for (tls, expected) in wrong {
        let error = refused(tls).await;
        assert!(error.starts_with("server.tls: ") && error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_caller_names_the_file_that_it_cannot_use() {
    let authority = Authority::new();
    let missing = Some(authority.ca().with_file_name("missing.pem"));
    let signed = authority.sign("uploader", |_| {});
    let (certificate, key) = (Some(signed.certificate), Some(signed.key));
    let strange = Some(authority.sign("strange", |_| {}).key);
    let wrong = [
        (ClientTls { ca: missing.clone(), ..ClientTls::default() }, "missing.pem: cannot be read"),
        (ClientTls { ca: key.clone(), ..ClientTls::default() }, "uploader.key: expected PEM certificates"),
        (ClientTls { certificate: certificate.clone(), ..ClientTls::default() }, "expected certificate and key"),
        (
            ClientTls { certificate: certificate.clone(), key: certificate.clone(), ca: None },
            "expected a PEM private key",
        ),
        (ClientTls { certificate, key: strange, ca: None }, "tls: "),
    ];
    for (tls, expected) in wrong {
        let error = Remote::new("https://127.0.0.1:50051", &tls, 1_000).err().unwrap().to_string();
        assert!(error.contains("https://127.0.0.1:50051") && error.contains(expected), "{error}");
    }
    // Where nothing is encrypted, nothing is read.
    assert!(Remote::new("http://127.0.0.1:50051", &ClientTls { ca: missing, ..ClientTls::default() }, 1_000).is_ok());
}

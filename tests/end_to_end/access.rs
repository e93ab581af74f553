//! Who is let in: keys made, shown, rotated and revoked, and what a tenant cannot see of another.

use std::{fs, path::Path, time::Duration};

use crate::support::{CAT, CAT_PROMPT, Said, Server, command, example, place::Place, run};

/// The id in a key.
fn id(key: &str) -> &str {
    key.split('_').nth(1).unwrap()
}

fn scenario(folder: &Path, name: &str) -> String {
    let path = folder.join(format!("{name}.toml"));
    fs::write(
        &path,
        format!(
            "name = \"{name}\"\ndescription = \"Labels.\"\n\n[logits]\nfidelity = 1.0\n\n[impacts]\nedge_blur = 0.5\n"
        ),
    )
    .unwrap();
    path.display().to_string()
}

#[test]
fn callers_are_told_apart_by_their_keys_and_bad_ones_are_all_refused_alike() {
    let place = Place::new();
    let (museum, revoked, brief) =
        (place.key("museum", &[]), place.key("museum", &[]), place.key("museum", &["--lives", "1s"]));
    assert_eq!(place.scenarios(&museum).code, 0);
    let said = place.ask(&museum, &["score", &example(CAT), "--prompt", CAT_PROMPT]);
    assert!(said.code == 0 && said.out.contains("of 100"), "{}", said.err);

    assert_eq!(place.ask(&museum, &["keys", "revoke", id(&revoked)]).code, 0);
    std::thread::sleep(Duration::from_millis(1_500));
    let wrong = format!("{}{}", &museum[..museum.len() - 1], if museum.ends_with('0') { '1' } else { '0' });
    let without: Said = command(&["scenarios", "list", "--endpoint", &place.gateway.url()])
        .env_remove("CPAIQA_API_KEY")
        .output()
        .unwrap()
        .into();
    let refusals = [
        place.scenarios(&revoked),
        place.scenarios(&brief),
        place.scenarios(&wrong),
        place.scenarios("nonsense"),
        without,
    ];
    for said in &refusals {
        assert!(said.code == 2 && said.err.contains("not authenticated"), "{}: {}", said.code, said.err);
        assert_eq!(said.err, refusals[0].err);
    }
    // Who watches over the process needs no key.
    assert_eq!(run(&["health", "--endpoint", &place.gateway.url()]).code, 0);
}

#[test]
fn what_another_tenant_owns_is_not_found_as_if_it_were_nowhere() {
    let place = Place::new();
    let (museum, shop, ops) = (place.key("museum", &[]), place.key("shop", &[]), place.key("ops", &[]));
    let folder = tempfile::tempdir().unwrap();
    let said = place.ask(&museum, &["scenarios", "import", &scenario(folder.path(), "labels")]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(place.scenarios(&museum).out.contains("labels") && !place.scenarios(&shop).out.contains("labels"));

    let history = |key: &str, name: &str| place.ask(key, &["scenarios", "history", name]);
    assert_eq!(history(&museum, "labels").code, 0);
    let (anothers, nobodys) = (history(&shop, "labels"), history(&shop, "nobodys"));
    assert!(anothers.err.contains("not found") && anothers.code == nobodys.code);
    assert_eq!(anothers.err.replace("labels", "nobodys"), nobodys.err);
    let keys = place.ask(&shop, &["keys", "revoke", id(&museum)]);
    assert!(keys.code == 2 && keys.err.contains("not found"), "{}", keys.err);
    assert_eq!(place.scenarios(&museum).code, 0, "another tenant cannot end its key");

    let posing = place.ask(&shop, &["scenarios", "list", "--tenant", "museum"]);
    assert!(posing.code == 2 && posing.err.contains("only operators"), "{}", posing.err);
    assert!(place.ask(&ops, &["scenarios", "list", "--tenant", "museum"]).out.contains("labels"));
}

#[test]
fn a_key_takes_anothers_place_while_both_live_and_the_old_one_ends() {
    let place = Place::new();
    let old = place.key("museum", &["--comment", "nightly batch"]);
    let said = place.ask(&old, &["keys", "rotate", id(&old), "--overlap", "2s"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let new = said.out.trim().to_owned();
    assert!(place.scenarios(&old).code == 0 && place.scenarios(&new).code == 0, "both live");
    let listed = place.ask(&new, &["keys", "list"]).out;
    assert_eq!(listed.matches("nightly batch").count(), 2, "{listed}");
    assert!(!listed.contains(new.split('_').nth(2).unwrap()), "no secret is shown again");
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(place.scenarios(&old).code, 2);
    assert_eq!(place.scenarios(&new).code, 0);
    let again = place.ask(&new, &["keys", "rotate", id(&old)]);
    assert!(again.code != 0 && again.err.contains("has ended"), "{}", again.err);
}

#[test]
fn a_tenant_sees_its_use_and_only_an_operator_the_backends() {
    let place = Place::new();
    let (museum, ops) = (place.key("museum", &[]), place.key("ops", &[]));
    let said = place.ask(&museum, &["status"]);
    assert!(said.code == 0 && said.out.contains("pictures today  0 without a limit"), "{}{}", said.out, said.err);
    assert!(!said.out.contains("http://"), "{}", said.out);
    let said = place.ask(&ops, &["status"]);
    assert!(said.out.contains("alignment") && said.out.contains(&Server::shared().url()), "{}", said.out);
    // The services behind a gateway take a tenant's name from whoever calls: they are for operators alone.
    let away = run(&["health", "--endpoint", "http://127.0.0.1:9"]);
    assert!(away.code == 1 && away.err.contains("does not say that it serves"), "{}", away.err);
}

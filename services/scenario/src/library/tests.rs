use super::*;

fn library(url: &str) -> ScenarioLibrary {
    let settings: ScenarioSettings = toml::from_str(include_str!("../../../../config/scenario.toml")).unwrap();
    let store = crate::StoreSettings { refresh_ms: 1, ..settings.store.clone() };
    ScenarioLibrary::new(Vec::new(), Store::new(url).unwrap(), ScenarioSettings { store, ..settings })
}

#[tokio::test]
async fn scenarios_are_read_anew_only_when_one_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("scenarios.db").display());
    let (reader, writer) = (library(&url), library(&url));
    let profile: Profile =
        toml::from_str(include_str!("../../../../config/packs/general/scenarios/general.toml")).unwrap();
    let add = async |tenant: &str| {
        writer.revise(Call::default(), tenant, profile.clone(), Change::default()).await.unwrap();
    };
    let later = async || {
        tokio::time::sleep(Duration::from_millis(20)).await;
        reader.book("museum").await.unwrap()
    };
    add("museum").await;
    let first = later().await;
    add("shop").await;
    assert!(Arc::ptr_eq(&first, &later().await), "another tenant's is nothing new");
    add("museum").await;
    let mut second = later().await;
    // A slow store leaves what was known last.
    for _ in 0..100 {
        if !Arc::ptr_eq(&first, &second) {
            break;
        }
        second = later().await;
    }
    assert_eq!([&first, &second].map(|book| book.profile("general").unwrap().revision), [1, 2]);
    assert!(Arc::ptr_eq(&second, &later().await));
}

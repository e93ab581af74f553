use std::collections::BTreeMap;

use decomposition::{Lexicon, Limits, Structure};
use domain::scenario::{Context, Profile};
use gateway::{GatewaySettings, TenantSettings};
use kit::settings::load;
use packs::{Pack, Packs, read_profile};
use wire::scenario::{from_profile, to_profile};

/// Reads a text as every file that operators and tenants write: settings of a gateway, a tenant's file, a scenario, a pack and
/// its word lists. Whether it is one of them.
pub fn configuration(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let mut read = false;
    if let Ok(sections) = load::<BTreeMap<String, GatewaySettings>>(&[("gateway", text)], None) {
        read |= !sections.is_empty();
        for settings in sections.values() {
            // Whatever they say is kept, or why not is said.
            let _ = (settings.allowance.check(), settings.resilience.check());
        }
    }
    if let Ok(tenant) = toml::from_str::<TenantSettings>(text) {
        read = true;
        let _ = tenant.allowance.map(|allowance| allowance.check());
    }
    if let Ok(profile) = read_profile("scenario.toml", text) {
        read = true;
        keeps_its_promises(&profile);
    }
    let pack = |file: &str| Pack::from_texts("pack", &files(file, text));
    for file in ["pack.toml", "scenarios/one.toml", "cues/one.toml"] {
        let together = pack(file).and_then(|pack| Packs::new(vec![pack]));
        read |= together.is_ok();
        together.iter().flat_map(Packs::profiles).for_each(|profile| keeps_its_promises(&profile));
    }
    read |= Structure::parse(&[("cues.toml", text)]).is_ok();
    // Without the parser's weights there is no lexicon, but its lists are read first.
    let _ = Lexicon::parse(&[("cues.toml", text)], &[], Limits::default());
    read
}

/// A pack whose `file` has this text, and whose other files are good.
fn files(file: &str, text: &str) -> BTreeMap<String, String> {
    let good = [
        ("pack.toml", "schema = 1\nname = 'one'\nversion = '1'\ndescription = 'One.'\n"),
        ("cues/good.toml", "things = ['cat']\n"),
        (file, text),
    ];
    good.map(|(file, text)| (file.to_owned(), text.to_owned())).into()
}

/// A scenario that was taken survives being sent and kept, and weighs.
fn keeps_its_promises(profile: &Profile) {
    assert_eq!(from_profile(to_profile(profile.clone())).as_ref(), Ok(profile));
    let json = serde_json::to_string(profile).map_err(|error| error.to_string());
    let read = json.and_then(|json| serde_json::from_str::<Profile>(&json).map_err(|error| error.to_string()));
    assert_eq!(read.as_ref(), Ok(profile));
    assert_eq!(Context::mix([(profile, 1.0)]).check(), Ok(()));
}

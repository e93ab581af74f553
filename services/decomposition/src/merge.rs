//! What a language model's answer adds to the lexicon's.
//!
//! The lexicon's answer stands whole and the model's only adds to it, so that no model can make it poorer. And only a
//! model that names about the same things is believed at all, so that none can flood it either.

use domain::decomposition::{Attribute, AttributeSource, Decomposition, Descriptor, DescriptorKind};

use crate::{
    findings::Findings,
    grounding::{Roots, roots},
    settings::Limits,
};

/// How far both name the same objects, [0, 1]: twice the matched over all (Dice); 1 when the lexicon names none, because
/// then nothing is known against the model.
pub(crate) fn agreement(lexicon: &Decomposition, model: &Decomposition) -> f64 {
    let (own, mut claimed) = (objects(lexicon), objects(model));
    if own.is_empty() {
        return 1.0;
    }
    let all = own.len() + claimed.len();
    let mut matched = 0;
    for one in own {
        // Each claim counts once, so that one claim of everything is worth one object.
        let exact = claimed.iter().position(|claim| *claim == one);
        if let Some(at) = exact.or_else(|| claimed.iter().position(|claim| is_same(&one, claim))) {
            claimed.swap_remove(at);
            matched += 1;
        }
    }
    f64::from(2 * matched) / all as f64
}

/// The lexicon's answer and whatever in the model's is new, within `limits`.
pub(crate) fn completed(lexicon: Decomposition, model: Decomposition, limits: Limits) -> Decomposition {
    let mut findings = Findings::new(limits);
    let mut known: Vec<(DescriptorKind, Roots)> = Vec::new();
    let mut qualities: Vec<Roots> = Vec::new();
    for Descriptor { kind, text, count, .. } in lexicon.descriptors {
        known.push((kind, roots(&text)));
        findings.descriptor(kind, text, count);
    }
    for Attribute { kind, text, source } in lexicon.attributes {
        qualities.push(roots(&text));
        findings.attribute(kind, text, source);
    }
    for Descriptor { kind, text, count, .. } in model.descriptors {
        let claim = roots(&text);
        if known.iter().any(|(other, roots)| *other == kind && is_same(roots, &claim)) {
            continue;
        }
        known.push((kind, claim));
        findings.descriptor(kind, text, count);
    }
    for Attribute { kind, text, source } in model.attributes {
        let claim = roots(&text);
        // What a part of the prompt says already is no quality of the whole.
        let is_part = source == AttributeSource::Prompt && known.iter().any(|(_, roots)| claim.is_subset(roots));
        if is_part || qualities.iter().any(|known| is_same(known, &claim)) {
            continue;
        }
        qualities.push(claim);
        findings.attribute(kind, text, source);
    }
    findings.finish()
}

fn objects(parts: &Decomposition) -> Vec<Roots> {
    let objects = parts.descriptors.iter().filter(|descriptor| descriptor.kind == DescriptorKind::Object);
    objects.map(|object| roots(&object.text)).filter(|roots| !roots.is_empty()).collect()
}

/// "cat" and "fluffy cat" name one thing.
fn is_same(a: &Roots, b: &Roots) -> bool {
    !a.is_empty() && !b.is_empty() && (a.is_subset(b) || b.is_subset(a))
}

#[cfg(test)]
mod tests {
    use domain::decomposition::AttributeKind;
    use proptest::prelude::*;

    use super::*;

    fn parts(objects: &[&str], attributes: &[&str]) -> Decomposition {
        let object = |text: &&str| Descriptor::new(DescriptorKind::Object, (*text).to_owned(), None);
        let attribute = |text: &&str| Attribute {
            kind: AttributeKind::Style,
            text: (*text).to_owned(),
            source: AttributeSource::Prompt,
        };
        Decomposition {
            descriptors: objects.iter().map(object).collect(),
            attributes: attributes.iter().map(attribute).collect(),
        }
    }

    #[test]
    fn agreement_falls_with_what_is_missing_and_with_what_is_too_much() {
        let own = parts(&["two cats", "bench"], &[]);
        assert!((agreement(&own, &parts(&["cat", "wooden bench"], &[])) - 1.0).abs() < 1e-9);
        assert!((agreement(&own, &parts(&["cat"], &[])) - 2.0 / 3.0).abs() < 1e-9);
        assert!(agreement(&own, &parts(&["cat", "a", "b", "c", "d", "e", "f"], &[])) < 0.5);
        assert!(agreement(&own, &parts(&["cat bench"], &[])) < 0.7, "one claim cannot stand for both");
        assert!(agreement(&own, &parts(&[], &[])).abs() < 1e-9);
        assert!((agreement(&parts(&[], &[]), &own) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_model_adds_what_is_new_and_repeats_nothing() {
        let own = parts(&["two cats", "bench"], &["watercolor"]);
        let told = parts(&["cat", "fluffy cats", "lantern", "Lanterns"], &["watercolor style", "bench", "ukiyo-e"]);
        let all = completed(own, told, Limits::default());
        let texts: Vec<_> = all.descriptors.iter().map(|descriptor| descriptor.text.as_str()).collect();
        assert_eq!(texts, ["two cats", "bench", "lantern"]);
        let qualities: Vec<_> = all.attributes.iter().map(|attribute| attribute.text.as_str()).collect();
        assert_eq!(qualities, ["watercolor", "ukiyo-e"]);
    }

    const WORDS: [&str; 16] = [
        "red",
        "cat",
        "cats",
        "wooden",
        "bench",
        "two",
        "dragon",
        "paper",
        "lantern",
        "on",
        "and",
        "with",
        "old",
        "temple",
        "watercolor",
        "a",
    ];

    fn phrase(most: usize) -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..=most).prop_map(|words| words.join(" "))
    }

    fn decomposition() -> impl Strategy<Value = Decomposition> {
        let kind = proptest::sample::select(vec![
            DescriptorKind::Object,
            DescriptorKind::Color,
            DescriptorKind::Material,
            DescriptorKind::Relation,
        ]);
        let descriptor = (phrase(4), kind, proptest::option::of(0..5_u32))
            .prop_map(|(text, kind, count)| Descriptor::new(kind, text, count));
        let attribute =
            phrase(3).prop_map(|text| Attribute { text, kind: AttributeKind::Style, source: AttributeSource::Prompt });
        (proptest::collection::vec(descriptor, 0..40), proptest::collection::vec(attribute, 0..20))
            .prop_map(|(descriptors, attributes)| Decomposition { descriptors, attributes })
    }

    proptest! {
        #[test]
        fn nothing_of_the_lexicons_answer_is_lost_and_nothing_is_said_twice(
            own in decomposition(), told in decomposition()
        ) {
            let limits = Limits::default();
            let own = completed(own, Decomposition::default(), limits);
            let all = completed(own.clone(), told, limits);
            prop_assert_eq!(&all.descriptors[..own.descriptors.len()], &own.descriptors[..]);
            prop_assert_eq!(&all.attributes[..own.attributes.len()], &own.attributes[..]);
            prop_assert!(all.descriptors.len() <= limits.max_descriptors);
            let added = &all.descriptors[own.descriptors.len()..];
            for (at, one) in added.iter().enumerate() {
                let others = own.descriptors.iter().chain(&added[..at]).filter(|other| other.kind == one.kind);
                for other in others {
                    prop_assert!(!is_same(&roots(&other.text), &roots(&one.text)), "{} and {}", other.text, one.text);
                }
            }
        }

        #[test]
        fn agreement_is_a_share_and_full_with_itself(own in decomposition(), told in decomposition()) {
            prop_assert!((0.0..=1.0).contains(&agreement(&own, &told)));
            prop_assert!((agreement(&own, &own) - 1.0).abs() < 1e-9);
        }
    }
}

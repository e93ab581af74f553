use domain::decomposition::{Attribute, AttributeKind, AttributeSource, Decomposition, Descriptor, DescriptorKind};

use super::*;

const CSV: &str = "item_id,text,category_broad,category_detailed,tuple
a_1,two red cats on a sofa,entity,whole,entity - whole (cats)
a_1,two red cats on a sofa,other,count,\"other - count (cats, ==2)\"
a_1,two red cats on a sofa,attribute,color,\"attribute - color (cats, red)\"
a_1,two red cats on a sofa,entity,whole,entity - whole (sofa)
a_1,two red cats on a sofa,relation,spatial,\"relation - spatial (cats, sofa, on)\"
a_1,two red cats on a sofa,global,-,global - - (photo)
";

fn descriptor(kind: DescriptorKind, text: &str, count: Option<u32>) -> Descriptor {
    Descriptor::new(kind, text.to_owned(), count)
}

fn answer() -> Decomposition {
    Decomposition {
        descriptors: vec![
            descriptor(DescriptorKind::Object, "two cats", Some(2)),
            descriptor(DescriptorKind::Object, "the couch", None),
            descriptor(DescriptorKind::Object, "dog", None),
            descriptor(DescriptorKind::Color, "red cat", None),
            descriptor(DescriptorKind::Relation, "cat atop couch", None),
        ],
        attributes: vec![Attribute {
            text: "photograph".to_owned(),
            kind: AttributeKind::Medium,
            source: AttributeSource::Prompt,
        }],
    }
}

#[test]
fn lemmas_articles_and_synonyms_do_not_matter() {
    let prompts = dsg::read(CSV).unwrap();
    let tallies = dsg::compare(&prompts[0], &answer());
    let of = |category| tallies[&category];
    assert_eq!(of(dsg::Category::Entity), Tally { wanted: 2, recalled: 2, found: 3, right: 2 });
    assert_eq!(of(dsg::Category::Attribute), Tally { wanted: 2, recalled: 2, found: 2, right: 2 });
    assert_eq!(of(dsg::Category::Global), Tally { wanted: 1, recalled: 1, found: 1, right: 1 });
    assert_eq!(of(dsg::Category::Relation), Tally { wanted: 1, recalled: 1, found: 1, right: 1 });
}

#[test]
fn a_wrong_count_a_turned_relation_and_another_things_color_do_not_match() {
    let prompts = dsg::read(CSV).unwrap();
    let mut wrong = answer();
    wrong.descriptors = vec![
        descriptor(DescriptorKind::Object, "three cats", Some(3)),
        descriptor(DescriptorKind::Color, "red sofa", None),
        descriptor(DescriptorKind::Relation, "sofa on cats", None),
    ];
    let tallies = dsg::compare(&prompts[0], &wrong);
    assert_eq!(tallies[&dsg::Category::Attribute].recalled, 0);
    assert_eq!(tallies[&dsg::Category::Relation].right, 0);
}

#[test]
fn a_relation_counts_from_either_end_and_a_relation_to_nothing_is_a_state() {
    let csv = "item_id,text,category_broad,category_detailed,tuple
a_1,x,relation,spatial,\"relation - spatial (soup, bowl, in)\"
a_1,x,relation,action,\"relation - action (dog, run)\"
a_1,x,global,-,global - - (aspect ratio 16:9)
a_1,x,attribute,other,\"attribute - other (dog, --ar 16:9)\"
";
    let prompts = dsg::read(csv).unwrap();
    let found = Decomposition {
        descriptors: vec![
            descriptor(DescriptorKind::Relation, "bowl of soup", None),
            descriptor(DescriptorKind::State, "running dog", None),
        ],
        attributes: Vec::new(),
    };
    let tallies = dsg::compare(&prompts[0], &found);
    let one = Tally { wanted: 1, recalled: 1, found: 1, right: 1 };
    assert_eq!(tallies[&dsg::Category::Relation], one);
    assert_eq!(tallies[&dsg::Category::Attribute], one);
    assert!(!tallies.contains_key(&dsg::Category::Global), "what is addressed to the generator cannot be seen");
}

#[test]
fn one_answer_meets_one_tuple_only() {
    let csv = format!("{CSV}a_1,two red cats on a sofa,entity,whole,entity - whole (wild cats)\n");
    let prompts = dsg::read(&csv).unwrap();
    assert_eq!(dsg::compare(&prompts[0], &answer())[&dsg::Category::Entity].recalled, 2);
}

#[test]
fn each_source_is_split_evenly() {
    let rows: String = (0..20)
        .flat_map(|n| ["x", "y"].map(|source| format!("{source}_{n},prompt {n},entity,whole,entity - whole (cat)\n")))
        .collect();
    let prompts = dsg::read(&format!("item_id,text,category_broad,category_detailed,tuple\n{rows}")).unwrap();
    for source in ["x_", "y_"] {
        assert_eq!(prompts.iter().filter(|prompt| prompt.held_out && prompt.id.starts_with(source)).count(), 10);
    }
}

#[test]
fn geneval_wants_the_same_objects_counts_colors_and_places() {
    let line = r#"{"tag":"position","include":[{"class":"sink","count":1},{"class":"tie","count":1,"color":"red","position":["left of",0]}],"prompt":"x"}"#;
    let prompt = &geneval::read(line).unwrap()[0];
    let met = |descriptors: Vec<Descriptor>| {
        let found = Decomposition { descriptors, attributes: Vec::new() };
        let right = geneval::compare(prompt, &found).into_iter().filter(|(_, tally)| tally.right == 1);
        right.map(|(category, _)| category.name()).collect::<Vec<_>>()
    };
    let object = |text| descriptor(DescriptorKind::Object, text, None);
    let color = descriptor(DescriptorKind::Color, "red tie", None);
    let place = |text| descriptor(DescriptorKind::Relation, text, None);
    assert_eq!(
        met(vec![object("sinks"), object("tie"), color.clone(), place("tie to the left of sink")]),
        ["objects", "counts", "colors", "positions"]
    );
    assert_eq!(met(vec![object("sink"), color, place("sink left of tie")]), ["colors"]);
}

#[test]
fn an_interval_holds_its_value_and_is_repeatable() {
    let tallies: Vec<Tally> = (0..50).map(|n| Tally { wanted: 2, recalled: n % 3, found: 2, right: n % 3 }).collect();
    let once = summary(&tallies);
    assert!(once.f1.low < once.f1.value && once.f1.value < once.f1.high);
    assert_eq!(once, summary(&tallies));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    assert!(matches!(dsg::read("a,b\n1,2\n"), Err(EvaluationError::Csv(_))));
    assert!(geneval::read("\n{}").unwrap_err().to_string().starts_with("line 2: expected a GenEval prompt"));
}

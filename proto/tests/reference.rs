//! The reference of the API, which is written from the protos.

#[path = "../examples/reference/page.rs"]
mod page;

#[test]
fn the_documents_hold_the_reference_that_the_protos_give() {
    let kept = std::fs::read_to_string(page::PATH).unwrap_or_default();
    let written = page::written().expect("the protos compile");
    assert!(
        kept == written,
        "docs/api.md is not what the protos say; write it: cargo run --release -p cpaiqa-proto --example reference"
    );
}

#[test]
fn every_method_and_type_has_a_place_and_comments_stand_by_their_fields() {
    let page = page::written().expect("the protos compile");
    for piece in [
        "| `ScoreStream` | stream of [ScoreStreamRequest](#scorestreamrequest) | stream of [ScoreStreamResponse](#scorestreamresponse) |",
        "| `picture` | 1 | [Picture](#picture) |",
        "| `max_regions` | 2 | optional uint32 | The service's own default when absent. |",
        "| `name` | 1 | string | A profile's name. *One of `selector`.* |",
        "| `regions` | 1 | repeated [Region](#region) |",
        "| `JUDGE_COUNT` | 2 | By counting regions. |",
        // Two packages have a message of this name, and each method leads to its own.
        "| `ListScenarios` | [ListScenariosRequest](#listscenariosrequest-1) |",
    ] {
        assert!(page.contains(piece), "{piece}");
    }
}

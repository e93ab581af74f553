//! Scenarios, and fusion under them.

use std::collections::BTreeSet;

use proto::{
    common::{Components, ContextVector, DistortionImpact, DistortionSeverity},
    scenario::{
        FuseRequest, FuseResponse, ListScenariosRequest, ListScenariosResponse, ResolveRequest, ResolveResponse,
        ScenarioSelector, scenario_selector::Selector,
    },
};
use tonic::Status;
use tonic_types::StatusExt;
use wire::common::from_components;

use super::{ANSWERED, READABLE, asked};
use crate::{
    asking::{Asked, Expects},
    backend::{Backend, PATIENCE},
    question::{Answer, Question},
    rule::{Findings, Rule},
};

const LISTED: Rule = Rule::required(
    "profiles",
    "there is at least one scenario, and no two have one name",
    "list each scenario's newest revision once",
);
const NAMED: Rule = Rule::required(
    "resolved-name",
    "a scenario that is asked for by name is the one that comes, for certain",
    "answer with that profile and no other where a name is given",
);
const LIKELY: Rule = Rule::required(
    "probabilities",
    "probabilities come largest first, sum to 1, and the first is the scenario's own unless it abstained",
    "normalise the distribution and sort it; name is its first",
);
const INTERVAL: Rule = Rule::required(
    "interval",
    "the score lies within its interval, and that within [0, 100]",
    "clip the interval to [0, 100] around the score",
);
const WEIGHTS: Rule = Rule::required(
    "weights",
    "the weights in use sum to 1, and what was not measured has none",
    "give the weight of what was not measured to the others in proportion",
);
const POINTS: Rule = Rule::required(
    "points-lost",
    "the points lost sum to 100 less the score, within 0.001",
    "split the loss exactly; people are told what each point went for",
);
const UNKNOWN: Rule = Rule::required(
    "unknown-scenario",
    "an unknown scenario is NOT_FOUND",
    "answer with NOT_FOUND; an INTERNAL counts as a fault, and another scenario in its place misleads the caller",
);
const DETAILS: Rule = Rule::advised(
    "not-found-details",
    "NOT_FOUND carries google.rpc.ResourceInfo with the scenario's name",
    "attach ResourceInfo; callers of the gateway read INTERNAL without it",
);
const NOTHING: Rule = Rule::required(
    "refuses-no-selector",
    "a question for no scenario is refused as bad input",
    "refuse it with INVALID_ARGUMENT; the gateway fills in the default itself",
);
const CONTEXT: Rule = Rule::required(
    "refuses-context",
    "a context vector whose weights do not sum to 1, or none, is refused as bad input",
    "check the context before it is used, and refuse with INVALID_ARGUMENT",
);
const VALUES: Rule = Rule::required(
    "refuses-values",
    "components and severities outside [0, 1] are refused as bad input",
    "check every value, NaN among them, and refuse with INVALID_ARGUMENT",
);
const UNMEASURED: Rule = Rule::required(
    "refuses-unmeasured",
    "measurements without any component are refused as bad input",
    "refuse with INVALID_ARGUMENT: there is nothing to score",
);
const ODD: Rule = Rule::required(
    "odd-text",
    "an empty text and one of 100,000 letters are answered or refused as bad input",
    "refuse with INVALID_ARGUMENT what cannot be understood",
);

pub const RULES: [Rule; 15] = [
    ANSWERED, READABLE, LISTED, NAMED, LIKELY, INTERVAL, WEIGHTS, POINTS, UNKNOWN, DETAILS, NOTHING, CONTEXT, VALUES,
    UNMEASURED, ODD,
];

/// How far sums may lie from what they should be.
const SUM_SLACK: f64 = 1e-6;
const POINTS_SLACK: f64 = 1e-3;
/// So many scenarios are asked for by name.
const ASKED: usize = 5;
const NO_SUCH: &str = "no-such-scenario-anywhere";

pub async fn questions(backend: &Backend) -> Vec<Asked> {
    let list = Question::ListScenarios(ListScenariosRequest {});
    let names: Vec<String> = match backend.ask(&list, PATIENCE).await {
        Ok(Answer::ListScenarios(answer)) => answer.scenarios.into_iter().map(|scenario| scenario.name).collect(),
        // That it failed is found when it is asked again.
        _ => Vec::new(),
    };
    let good = Expects::Answer(&ANSWERED);
    let mut all = vec![asked("fusion of all components", fuse(context(), all_components(), severities()), good)];
    let some = Components { global_alignment: None, aesthetics: None, ..all_components() };
    all.push(asked("fusion of some components", fuse(context(), some, severities()), good));
    all.push(asked("fusion without severities", fuse(context(), all_components(), Vec::new()), good));
    all.push(asked("the list", list, good));
    for name in names.into_iter().take(ASKED) {
        all.push(asked(&format!("scenario '{name}'"), resolve(Selector::Name(name)), good));
    }
    for text in ["cover for a short video", "a label beside a showcase"] {
        all.push(asked(&format!("'{text}'"), resolve(Selector::Text(text.to_owned())), good));
    }
    all.push(asked("an unknown name", resolve(Selector::Name(NO_SUCH.to_owned())), Expects::Missing(&UNKNOWN)));
    for text in [String::new(), "cat ".repeat(25_000)] {
        let about = format!("a text of {} letters", text.len());
        all.push(asked(&about, resolve(Selector::Text(text)), Expects::AnswerOrRefusal(&ODD)));
    }
    let nothing = Question::Resolve(ResolveRequest { scenario: None });
    all.push(asked("no selector", nothing, Expects::Refusal(&NOTHING)));
    all.extend(bad_fusions());
    all
}

fn bad_fusions() -> Vec<Asked> {
    let lopsided = ContextVector { weights: Some(all_components()), ..context() };
    let unset = FuseRequest { context: None, components: Some(all_components()), severities: Vec::new() };
    let above = Components { fidelity: Some(1.5), ..all_components() };
    let nan = vec![DistortionSeverity { r#type: 1, severity: f64::NAN, other_type: String::new() }];
    vec![
        asked("weights that sum to 3", fuse(lopsided, all_components(), severities()), Expects::Refusal(&CONTEXT)),
        asked("no context", Question::Fuse(unset), Expects::Refusal(&CONTEXT)),
        asked("a component of 1.5", fuse(context(), above, severities()), Expects::Refusal(&VALUES)),
        asked("a severity of NaN", fuse(context(), all_components(), nan), Expects::Refusal(&VALUES)),
        asked("no component", fuse(context(), Components::default(), severities()), Expects::Refusal(&UNMEASURED)),
    ]
}

fn resolve(selector: Selector) -> Question {
    Question::Resolve(ResolveRequest { scenario: Some(ScenarioSelector { selector: Some(selector) }) })
}

fn fuse(context: ContextVector, components: Components, severities: Vec<DistortionSeverity>) -> Question {
    Question::Fuse(FuseRequest { context: Some(context), components: Some(components), severities })
}

fn context() -> ContextVector {
    let weights = [0.3, 0.2, 0.1, 0.25, 0.15].map(Some);
    let impact = |(number, impact)| DistortionImpact { r#type: number, impact, other_type: String::new() };
    ContextVector {
        weights: Some(wire::common::to_components(weights.into())),
        impacts: [(1, 0.9), (8, 0.4)].map(impact).into(),
    }
}

fn all_components() -> Components {
    wire::common::to_components([0.8, 0.6, 0.7, 0.5, 0.4].map(Some).into())
}

fn severities() -> Vec<DistortionSeverity> {
    let one = |(number, severity)| DistortionSeverity { r#type: number, severity, other_type: String::new() };
    [(1, 0.3), (8, 0.6)].map(one).into()
}

pub fn listed(answer: &ListScenariosResponse, found: &mut Findings) {
    let names: BTreeSet<&str> = answer.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    let (different, all) = (names.len(), answer.scenarios.len());
    found.expect(&LISTED, all > 0 && different == all, || {
        format!("expected scenarios of different names, got {all} with {different} names")
    });
    for scenario in &answer.scenarios {
        let read = wire::scenario::from_profile(scenario.clone());
        found.read(&READABLE, read.map_err(|why| format!("'{}': {why}", scenario.name)));
    }
}

pub fn resolved(request: &ResolveRequest, answer: &ResolveResponse, found: &mut Findings) {
    let Some(read) = found.read(&READABLE, wire::scenario::from_resolved(answer.clone())) else { return };
    let selector = request.scenario.as_ref().and_then(|scenario| scenario.selector.as_ref());
    if let Some(Selector::Name(name)) = selector {
        let kept = read.name == *name && !read.abstained;
        found.expect(&NAMED, kept, || {
            format!("expected '{name}' for certain, got '{}' with abstained {}", read.name, read.abstained)
        });
    }
    let sum: f64 = read.distribution.iter().map(|(_, probability)| probability).sum();
    let falls = read.distribution.is_sorted_by(|a, b| a.1 >= b.1);
    let first = read.distribution.first().map_or("", |(name, _)| name.as_str());
    // Another name than the one that was asked for is told once.
    let own = read.abstained || first == read.name || matches!(selector, Some(Selector::Name(_)));
    found.expect(&LIKELY, (sum - 1.0).abs() <= SUM_SLACK && falls && own, || {
        let order = if falls { "falling" } else { "unsorted" };
        let got = match read.distribution.len() {
            0 => "none".to_owned(),
            several => format!("{several} {order} ones that sum to {sum} with '{first}' first"),
        };
        format!("expected falling probabilities that sum to 1 with '{}' first, got {got}", read.name)
    });
}

pub fn missing(status: &Status, found: &mut Findings) {
    let name = status.get_error_details().resource_info().map(|resource| resource.resource_name.clone());
    found.expect(&DETAILS, name.as_deref() == Some(NO_SUCH), || {
        format!("expected ResourceInfo with the name '{NO_SUCH}', got {}", name.unwrap_or_else(|| "none".to_owned()))
    });
}

pub fn fused(request: &FuseRequest, answer: &FuseResponse, found: &mut Findings) {
    let Some(read) = found.read(&READABLE, wire::scenario::from_fused(answer.clone())) else { return };
    let (score, (low, high)) = (read.score, read.interval);
    let ordered = 0.0 <= low && low <= score + SUM_SLACK && score <= high + SUM_SLACK && high <= 100.0;
    found.expect(&INTERVAL, ordered, || {
        format!("expected 0 ≤ interval_low ≤ {score} ≤ interval_high ≤ 100, got {low} and {high}")
    });
    let measured = from_components(&request.components.unwrap_or_default());
    let sum: f64 = read.weights.iter().sum();
    let unmeasured = read.weights.iter().zip(measured).any(|(weight, value)| value.is_none() && *weight != 0.0);
    let negative = read.weights.iter().any(|weight| *weight < 0.0);
    found.expect(&WEIGHTS, (sum - 1.0).abs() <= SUM_SLACK && !unmeasured && !negative, || {
        let weights = read.weights;
        format!("expected weights of at least 0 for {measured:?} that sum to 1, got {weights:?}, which sum to {sum}")
    });
    let points: f64 = answer.points_lost.iter().map(|lost| lost.points).sum();
    found.expect(&POINTS, (points - (100.0 - score)).abs() <= POINTS_SLACK, || {
        format!("expected points_lost that sum to {}, got {points}", 100.0 - score)
    });
}

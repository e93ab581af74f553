//! Calibration's heart: how badly a scenario's row of the preference matrix explains what people preferred, and which way
//! it would explain it better.
//!
//! The loss of one pair is log(1 + exp(−(Q(preferred) − Q(other)) / τ)); a tie is half of each way. A pull towards where
//! the row began keeps what the pairs say nothing about: pairs and pull add up to a negative log posterior.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    distortion::DistortionKind,
    measurement::{Component, Measurements},
    scenario::{Profile, softmax},
};

/// What one person preferred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preference {
    /// Index of one picture's measurements.
    pub a: usize,
    /// Index of the other's.
    pub b: usize,
    /// 1 when `a` was preferred, 0 when `b` was, 0.5 for a tie.
    pub a_preferred: f64,
    /// How much the judgement counts, above 0.
    pub weight: f64,
}

/// Impacts of exactly 0 and 1 have no logit; they are moved inwards by this.
const EDGE: f64 = 0.005;
/// Logits and log-temperatures further out are of no use, and would overflow.
const FARTHEST: f64 = 15.0;

/// How a profile's numbers stand in a vector without bounds: five logits, a logit for each impact, ln τ.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    kinds: Vec<DistortionKind>,
}

impl Layout {
    /// The layout of `profile`: the types that it weighs.
    pub fn of(profile: &Profile) -> Self {
        Self { kinds: profile.all_impacts().map(|(kind, _)| kind).collect() }
    }

    /// The profile's numbers.
    pub fn parameters(&self, profile: &Profile) -> Vec<f64> {
        let logits = Component::ALL.map(|component| profile.logits.get(&component).copied().unwrap_or(0.0));
        let impacts = profile.all_impacts().map(|(_, impact)| {
            let inside = impact.clamp(EDGE, 1.0 - EDGE);
            (inside / (1.0 - inside)).ln()
        });
        logits.into_iter().chain(impacts).chain([profile.temperature.ln()]).collect()
    }

    /// `profile` with the numbers of `parameters`, to four digits: more would feign a precision that pairs do not give.
    pub fn profile(&self, profile: &Profile, parameters: &[f64]) -> Profile {
        let rounded = |value: f64| (value * 1e4).round() / 1e4;
        let (logits, rest) = parameters.split_at(Component::ALL.len().min(parameters.len()));
        let mut changed = profile.clone();
        changed.logits = Component::ALL.into_iter().zip(logits.iter().map(|logit| rounded(*logit))).collect();
        let impacts: BTreeMap<&DistortionKind, f64> =
            self.kinds.iter().zip(rest.iter().map(|logit| rounded(sigmoid(*logit)))).collect();
        for (kind, impact) in impacts {
            match kind {
                DistortionKind::Known(kind) => changed.impacts.insert(*kind, impact),
                DistortionKind::Other(name) => changed.other_impacts.insert(name.clone(), impact),
            };
        }
        if let Some(log_temperature) = rest.get(self.kinds.len()) {
            changed.temperature = rounded(log_temperature.exp()).clamp(0.01, 100.0);
        }
        changed
    }
}

/// One picture's measurements, laid out for speed.
struct Item {
    components: [Option<f64>; 5],
    /// In the layout's order; 0 where a type was not assessed.
    severities: Vec<f64>,
}

/// Pairs to be explained.
pub struct Problem {
    layout: Layout,
    items: Vec<Item>,
    preferences: Vec<Preference>,
    /// Where the pull leads.
    origin: Vec<f64>,
    prior: Prior,
}

/// How a row is pulled back to where it began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// One over the variance of a parameter before any pair was seen, above 0.
    pub strength: f64,
    /// How much of that lets go where all impacts move together, [0, 1): whether distortions matter at all is less sure
    /// than which of them matters more.
    pub shared: f64,
}

impl Prior {
    fn loss(&self, apart: &[f64], impacts: Range<usize>) -> f64 {
        let together: f64 = apart[impacts.clone()].iter().sum();
        let squares: f64 = apart.iter().map(|by| by * by).sum();
        self.strength * (squares - self.shared * together * together / impacts.len().max(1) as f64) / 2.0
    }

    fn gradient(&self, apart: &[f64], impacts: Range<usize>) -> Vec<f64> {
        let together: f64 = apart[impacts.clone()].iter().sum();
        let shift = self.shared * together / impacts.len().max(1) as f64;
        let of = |(at, by): (usize, &f64)| self.strength * (by - if impacts.contains(&at) { shift } else { 0.0 });
        apart.iter().enumerate().map(of).collect()
    }
}

impl Problem {
    /// Pairs about `items`, to be explained by a row that begins as `profile` and is pulled back to it by `prior`.
    /// Pairs that name no item are left out.
    pub fn new(profile: &Profile, items: &[Measurements], preferences: &[Preference], prior: Prior) -> Self {
        let layout = Layout::of(profile);
        let item = |measured: &Measurements| Item {
            components: measured.components.to_array().map(|value| value.map(|value| value.clamp(0.0, 1.0))),
            severities: layout
                .kinds
                .iter()
                .map(|kind| measured.severities.get(kind).copied().unwrap_or(0.0).clamp(0.0, 1.0))
                .collect(),
        };
        let there = |preference: &&Preference| preference.a.max(preference.b) < items.len();
        Self {
            items: items.iter().map(item).collect(),
            preferences: preferences.iter().filter(there).copied().collect(),
            origin: layout.parameters(profile),
            layout,
            prior,
        }
    }

    /// Where the row begins.
    pub fn origin(&self) -> &[f64] {
        &self.origin
    }

    /// The layout of the parameters.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The negative log posterior at `parameters`, up to a constant.
    pub fn loss(&self, parameters: &[f64]) -> f64 {
        let row = Row::read(parameters, &self.layout);
        let scores: Vec<f64> = self.items.iter().map(|item| row.score(item)).collect();
        let pairs = self.preferences.iter().map(|pair| {
            let lead = (scores[pair.a] - scores[pair.b]) / row.temperature;
            pair.weight * (pair.a_preferred * softplus(-lead) + (1.0 - pair.a_preferred) * softplus(lead))
        });
        pairs.sum::<f64>() + self.prior.loss(&self.apart(parameters), self.impacts())
    }

    /// How far each parameter is from where it began.
    fn apart(&self, parameters: &[f64]) -> Vec<f64> {
        parameters.iter().zip(&self.origin).map(|(value, origin)| value - origin).collect()
    }

    /// Where the impacts stand among the parameters.
    fn impacts(&self) -> Range<usize> {
        Component::ALL.len()..Component::ALL.len() + self.layout.kinds.len()
    }

    /// The loss's gradient at `parameters`.
    pub fn gradient(&self, parameters: &[f64]) -> Vec<f64> {
        let row = Row::read(parameters, &self.layout);
        let scores: Vec<f64> = self.items.iter().map(|item| row.score(item)).collect();
        let mut of_scores = vec![0.0; self.items.len()];
        let mut of_log_temperature = 0.0;
        for pair in &self.preferences {
            let lead = (scores[pair.a] - scores[pair.b]) / row.temperature;
            let of_lead = pair.weight * (sigmoid(lead) - pair.a_preferred);
            of_scores[pair.a] += of_lead / row.temperature;
            of_scores[pair.b] -= of_lead / row.temperature;
            of_log_temperature -= of_lead * lead;
        }
        let mut gradient = self.prior.gradient(&self.apart(parameters), self.impacts());
        for (item, of_score) in self.items.iter().zip(of_scores).filter(|(_, of_score)| *of_score != 0.0) {
            row.add_gradient(item, of_score, &mut gradient);
        }
        if let Some(last) = gradient.last_mut() {
            *last += of_log_temperature;
        }
        gradient
    }
}

/// Parameters, read.
struct Row {
    weights: [f64; 5],
    impacts: Vec<f64>,
    temperature: f64,
}

impl Row {
    fn read(parameters: &[f64], layout: &Layout) -> Self {
        let at = |index: usize| parameters.get(index).copied().unwrap_or(0.0).clamp(-FARTHEST, FARTHEST);
        let components = Component::ALL.len();
        Self {
            weights: softmax(std::array::from_fn(at)),
            impacts: (0..layout.kinds.len()).map(|index| sigmoid(at(components + index))).collect(),
            temperature: at(components + layout.kinds.len()).exp(),
        }
    }

    /// Base quality, [0, 1], and the weight of what was measured.
    fn base(&self, item: &Item) -> (f64, f64) {
        let (mut sum, mut total) = (0.0, 0.0);
        for (weight, value) in self.weights.iter().zip(item.components) {
            if let Some(value) = value {
                sum += weight * value;
                total += weight;
            }
        }
        if total > 0.0 { (sum / total, total) } else { (0.0, 1.0) }
    }

    fn kept(&self, item: &Item) -> f64 {
        self.impacts.iter().zip(&item.severities).map(|(impact, severity)| 1.0 - impact * severity).product()
    }

    fn score(&self, item: &Item) -> f64 {
        100.0 * self.base(item).0 * self.kept(item)
    }

    fn add_gradient(&self, item: &Item, of_score: f64, gradient: &mut [f64]) {
        let ((base, total), kept) = (self.base(item), self.kept(item));
        let parameters = gradient.iter_mut();
        let components = self
            .weights
            .iter()
            .zip(item.components)
            .map(|(weight, value)| value.map_or(0.0, |value| 100.0 * kept * weight / total * (value - base)));
        let distortions = self.impacts.iter().zip(&item.severities).map(|(impact, severity)| {
            // What this type leaves is never 0: impacts lie inside (0, 1).
            let others = kept / (1.0 - impact * severity);
            -100.0 * base * others * severity * impact * (1.0 - impact)
        });
        for (parameter, slope) in parameters.zip(components.chain(distortions)) {
            *parameter += of_score * slope;
        }
    }
}

/// How likely people are to prefer what leads by `lead` points, [0, 1].
pub fn preference_probability(lead: f64, temperature: f64) -> f64 {
    sigmoid(lead / temperature)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// ln(1 + exp(x)) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distortion::DistortionType,
        fusion::quality,
        scenario::{Context, default_temperature},
    };
    use proptest::prelude::*;

    const PRIOR: Prior = Prior { strength: 0.7, shared: 0.9 };

    fn profile() -> Profile {
        Profile {
            name: "p".into(),
            revision: 1,
            description: String::new(),
            phrases: vec![],
            temperature: default_temperature(),
            gates: vec![],
            logits: Component::ALL.into_iter().zip([1.0, 0.5, -0.3, 0.2, 0.0]).collect(),
            impacts: DistortionType::ALL.into_iter().zip((1..13).map(|i| f64::from(i) / 14.0)).collect(),
            other_impacts: [("cracked_glaze".to_owned(), 0.4)].into(),
        }
    }

    prop_compose! {
        fn measurements()(
            values in proptest::array::uniform5(proptest::option::of(0.0..=1.0f64)),
            severities in proptest::collection::vec(0.0..=1.0f64, 12),
        ) -> Measurements {
            let kinds = DistortionType::ALL.into_iter().map(DistortionKind::Known);
            Measurements { components: values.into(), severities: kinds.zip(severities).collect() }
        }
    }

    proptest! {
        #[test]
        fn the_gradient_is_that_of_the_loss(
            items in proptest::collection::vec(measurements(), 4),
            steps in proptest::collection::vec(-0.5..0.5f64, 19),
            preferred in proptest::sample::select(vec![0.0, 0.5, 1.0]),
        ) {
            let pairs = [(0, 1), (2, 3), (1, 2)]
                .map(|(a, b)| Preference { a, b, a_preferred: preferred, weight: 1.5 });
            let problem = Problem::new(&profile(), &items, &pairs, PRIOR);
            let at: Vec<f64> = problem.origin().iter().zip(&steps).map(|(origin, step)| origin + step).collect();
            let gradient = problem.gradient(&at);
            for (index, slope) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut there = at.clone();
                    there[index] += by;
                    problem.loss(&there)
                };
                let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                prop_assert!((slope - numeric).abs() < 1e-4 * (1.0 + numeric.abs()), "{index}: {slope} and {numeric}");
            }
        }

        #[test]
        fn scores_are_those_of_fusion(item in measurements()) {
            let profile = profile();
            let problem = Problem::new(&profile, std::slice::from_ref(&item), &[], PRIOR);
            let row = Row::read(problem.origin(), problem.layout());
            if let Some(fused) = quality(&Context::mix([(&profile, 1.0)]), &item) {
                prop_assert!((row.score(&problem.items[0]) - fused).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_profile_survives_its_parameters() {
        let (profile, layout) = (profile(), Layout::of(&profile()));
        let back = layout.profile(&profile, &layout.parameters(&profile));
        let impact = back.impacts[&DistortionType::EdgeBlur];
        assert!((impact - profile.impacts[&DistortionType::EdgeBlur]).abs() < 1e-4);
        assert!((back.other_impacts["cracked_glaze"] - 0.4).abs() < 1e-4);
        assert!((back.temperature - 10.0).abs() < 1e-3);
        assert!(back.check().is_ok());
    }
}

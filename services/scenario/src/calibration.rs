//! Fitting a scenario's row to preferences, and saying how well the fit holds for prompts that it has not seen.

use std::collections::{BTreeMap, BTreeSet};

use argmin::{
    core::{CostFunction, Error, Executor, Gradient, State},
    solver::{linesearch::MoreThuenteLineSearch, quasinewton::LBFGS},
};
use domain::{
    ablation::Without,
    fusion::quality_without,
    measurement::{Component, Measurements},
    ownership::{Ablation, Calibration, CalibrationOptions, PreferencePair},
    ranking::{Preference, Prior, Problem, preference_probability},
    scenario::{Context, Profile},
    score::Kept,
    statistics::interval,
};

/// Why nothing could be fitted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// Too little to learn from.
    #[error(
        "expected preferences about at least two prompts, so that one can be held out, got {pairs} usable pairs of \
         {prompts} prompts ({left_out} left out because their measurements are missing)"
    )]
    TooFew {
        /// Pairs whose measurements are there.
        pairs: usize,
        /// Prompts among them.
        prompts: usize,
        /// Pairs whose measurements are not.
        left_out: usize,
    },
    /// The optimiser gave up.
    #[error("the row could not be fitted: {0}")]
    Unfitted(String),
}

/// Preferences and the measurements that they speak of, ready to be fitted to.
#[derive(Debug)]
pub struct Judgements {
    items: Vec<Measurements>,
    pairs: Vec<Preference>,
    /// Each pair's prompt, as an index.
    prompt_of: Vec<usize>,
    /// Those that some pair is about.
    prompts: Vec<String>,
    left_out: usize,
}

impl Judgements {
    /// Pairs whose two measurements are among `measured`, by id, and about one prompt, each once by its own id; the others are
    /// counted.
    pub fn new(pairs: &[PreferencePair], measured: &BTreeMap<String, Kept>) -> Self {
        let ids: Vec<&String> = measured.keys().collect();
        let prompts: BTreeSet<&str> = measured.values().map(|kept| kept.prompt.as_str()).collect();
        let prompts: Vec<&str> = prompts.into_iter().collect();
        let (mut preferences, mut prompt_of) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        let prompt_at = |id: &String| measured.get(id).map(|kept| kept.prompt.as_str());
        for pair in pairs.iter().filter(|pair| prompt_at(&pair.a) == prompt_at(&pair.b)) {
            if !seen.insert(pair.id.as_str()) {
                continue;
            }
            let (Ok(a), Ok(b)) = (ids.binary_search(&&pair.a), ids.binary_search(&&pair.b)) else { continue };
            let prompt = measured.get(&pair.a).and_then(|kept| prompts.binary_search(&kept.prompt.as_str()).ok());
            preferences.push(Preference { a, b, a_preferred: pair.preferred.share_of_a(), weight: pair.weight });
            prompt_of.push(prompt.unwrap_or_default());
        }
        let used: BTreeSet<usize> = prompt_of.iter().copied().collect();
        let used: Vec<usize> = used.into_iter().collect();
        Self {
            items: measured.values().map(|kept| kept.score.measurements()).collect(),
            left_out: pairs.len() - preferences.len(),
            pairs: preferences,
            prompt_of: prompt_of.iter().map(|prompt| used.binary_search(prompt).unwrap_or_default()).collect(),
            prompts: used.iter().map(|prompt| prompts[*prompt].to_owned()).collect(),
        }
    }
}

/// What was found, and the rows that tell it.
#[derive(Debug)]
pub struct Fitted {
    /// What was found.
    pub calibration: Calibration,
    /// For each prompt, the row that was fitted without it.
    pub held_out: BTreeMap<String, Profile>,
}

/// Fits `profile`'s row, each part of the prompts held out once to tell whether the fit holds.
///
/// # Errors
///
/// With preferences about fewer than two prompts, or when the optimiser fails.
pub fn calibrate(
    profile: &Profile,
    judgements: &Judgements,
    options: &CalibrationOptions,
) -> Result<Fitted, CalibrationError> {
    let Judgements { items, pairs, prompt_of, prompts: names, left_out } = judgements;
    let prompts = names.len();
    if prompts < 2 {
        return Err(CalibrationError::TooFew { pairs: pairs.len(), prompts, left_out: *left_out });
    }
    let fold_of = dealt(prompts, options);
    let mut fitted = Vec::new();
    for fold in 0..=fold_of.iter().copied().max().unwrap_or(0) {
        let seen: Vec<Preference> = pairs
            .iter()
            .zip(prompt_of)
            .filter(|(_, prompt)| fold_of[**prompt] != fold)
            .map(|(pair, _)| *pair)
            .collect();
        fitted.push(fit(profile, items, &seen, options)?);
    }
    let all = fit(profile, items, pairs, options)?;

    let today = Judge::new(profile, items, Without::Nothing);
    let held_out = |without: Without| -> Vec<Lead> {
        let judges: Vec<Judge> = fitted.iter().map(|row| Judge::new(row, items, without)).collect();
        pairs.iter().zip(prompt_of).map(|(pair, prompt)| judges[fold_of[*prompt]].lead(pair)).collect()
    };
    let before: Vec<Lead> = pairs.iter().map(|pair| today.lead(pair)).collect();
    let after = held_out(Without::Nothing);

    let told = Told { pairs, prompt_of };
    let accuracy_after = interval(prompts, |drawn| told.accuracy(&after, drawn));
    let accuracy_before = interval(prompts, |drawn| told.accuracy(&before, drawn));
    let named = Component::ALL.map(|component| (component.name(), Without::Component(component as usize)));
    let ablations = named.into_iter().chain([("distortions", Without::Distortions)]).map(|(without, what)| {
        let leads = held_out(what);
        Ablation {
            without: without.to_owned(),
            accuracy: interval(prompts, |drawn| told.accuracy(&leads, drawn)),
            change: interval(prompts, |drawn| told.accuracy(&leads, drawn) - told.accuracy(&after, drawn)),
        }
    });
    let used: BTreeSet<usize> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
    let held_out = names.iter().zip(&fold_of).map(|(name, fold)| (name.clone(), fitted[*fold].clone())).collect();
    let calibration = Calibration {
        pairs: pairs.len(),
        ties: pairs.iter().filter(|pair| pair.a_preferred == 0.5).count(),
        left_out: *left_out,
        pictures: used.len(),
        prompts,
        accuracy_gain: interval(prompts, |drawn| told.accuracy(&after, drawn) - told.accuracy(&before, drawn)),
        log_loss_before: told.log_loss(&before),
        log_loss_after: told.log_loss(&after),
        ablations: ablations.collect(),
        // Equal accuracy with a larger loss is worse too: the probabilities that are told would be.
        acceptable: accuracy_after.value > accuracy_before.value
            || accuracy_after.value == accuracy_before.value && told.log_loss(&after) <= told.log_loss(&before),
        accuracy_before,
        accuracy_after,
        profile: all,
        installed: None,
    };
    Ok(Fitted { calibration, held_out })
}

/// Which fold each prompt is in: the prompts shuffled and dealt out like cards.
fn dealt(prompts: usize, options: &CalibrationOptions) -> Vec<usize> {
    let folds = options.folds.clamp(2, prompts);
    let mut order: Vec<usize> = (0..prompts).collect();
    fastrand::Rng::with_seed(options.seed).shuffle(&mut order);
    let mut fold_of = vec![0; prompts];
    for (place, prompt) in order.into_iter().enumerate() {
        fold_of[prompt] = place % folds;
    }
    fold_of
}

struct Fit(Problem);

impl CostFunction for Fit {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.0.loss(parameters))
    }
}

impl Gradient for Fit {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.0.gradient(parameters))
    }
}

const MOST_STEPS: u64 = 500;
/// Steps that L-BFGS remembers.
const MEMORY: usize = 10;

fn fit(
    profile: &Profile,
    items: &[Measurements],
    pairs: &[Preference],
    options: &CalibrationOptions,
) -> Result<Profile, CalibrationError> {
    let failed = |error: Error| CalibrationError::Unfitted(error.to_string());
    let prior = Prior { strength: options.prior, shared: options.shared };
    let problem = Problem::new(profile, items, pairs, prior);
    let (origin, layout) = (problem.origin().to_vec(), problem.layout().clone());
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY);
    let solver = solver.with_tolerance_grad(1e-6).and_then(|s| s.with_tolerance_cost(1e-10)).map_err(failed)?;
    let start = origin.clone();
    let executor = Executor::new(Fit(problem), solver).configure(|state| state.param(start).max_iters(MOST_STEPS));
    let result = executor.run().map_err(failed)?;
    let best = result.state().get_best_param().cloned().unwrap_or(origin);
    let fitted = layout.profile(profile, &best);
    fitted.check().map_err(CalibrationError::Unfitted)?;
    Ok(fitted)
}

/// A row's scores of all items.
struct Judge {
    scores: Vec<f64>,
    temperature: f64,
}

/// By how much a pair's first picture leads, and what that means.
#[derive(Clone, Copy)]
struct Lead {
    points: f64,
    a_preferred: f64,
}

impl Judge {
    fn new(profile: &Profile, items: &[Measurements], without: Without) -> Self {
        let context = Context::mix([(profile, 1.0)]);
        let score = |item: &Measurements| quality_without(&context, item, without).unwrap_or(0.0);
        Self { scores: items.iter().map(score).collect(), temperature: profile.temperature }
    }

    fn lead(&self, pair: &Preference) -> Lead {
        let points = self.scores[pair.a] - self.scores[pair.b];
        Lead { points, a_preferred: preference_probability(points, self.temperature) }
    }
}

/// What people said, to hold leads against.
struct Told<'a> {
    pairs: &'a [Preference],
    prompt_of: &'a [usize],
}

impl Told<'_> {
    /// The weighted share of pairs without ties in which the preferred picture leads; no lead counts half. Prompts count as
    /// often as they were drawn.
    fn accuracy(&self, leads: &[Lead], drawn: &[f64]) -> f64 {
        let (mut right, mut total) = (0.0, 0.0);
        for ((pair, lead), prompt) in self.pairs.iter().zip(leads).zip(self.prompt_of) {
            if pair.a_preferred == 0.5 {
                continue;
            }
            let weight = pair.weight * drawn[*prompt];
            let towards_preferred = (pair.a_preferred - 0.5) * lead.points;
            right += weight * if towards_preferred == 0.0 { 0.5 } else { f64::from(u8::from(towards_preferred > 0.0)) };
            total += weight;
        }
        right / total
    }

    /// The weighted mean log loss.
    fn log_loss(&self, leads: &[Lead]) -> f64 {
        let (mut loss, mut total) = (0.0, 0.0);
        for (pair, lead) in self.pairs.iter().zip(leads) {
            let p = lead.a_preferred.clamp(1e-12, 1.0 - 1e-12);
            loss -= pair.weight * (pair.a_preferred * p.ln() + (1.0 - pair.a_preferred) * (1.0 - p).ln());
            total += pair.weight;
        }
        loss / total
    }
}

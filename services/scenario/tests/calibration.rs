//! Calibration on preferences of people whose taste is known.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

use cpaiqa_scenario::{
    Judgements, calibrate,
    planted::{judged, profile},
};
use domain::{
    ownership::{CalibrationOptions, PreferencePair},
    scenario::{Context, Profile},
};

const OPTIONS: CalibrationOptions = CalibrationOptions { prior: 1.0, shared: 0.9, folds: 5, seed: 7 };

fn taste() -> Profile {
    let impacts = std::array::from_fn(|i| 0.1 + 0.06 * i as f64);
    profile([1.5, 0.5, -0.5, 1.0, 0.0], impacts, 8.0)
}

fn start() -> Profile {
    profile([0.0; 5], [0.4; 12], 15.0)
}

#[test]
fn a_planted_taste_is_found_again_in_noisy_judgements() {
    let (pairs, measured) = judged(&taste(), 10_000, 1);
    let found = calibrate(&start(), &Judgements::new(&pairs, &measured), &OPTIONS).unwrap().calibration;
    let (planted, fitted) = (Context::mix([(&taste(), 1.0)]), Context::mix([(&found.profile, 1.0)]));
    for (planted, fitted) in planted.weights.iter().zip(fitted.weights) {
        assert!((planted - fitted).abs() < 0.04, "{planted} and {fitted}");
    }
    for (kind, planted) in &planted.impacts {
        let fitted = fitted.impact(kind);
        assert!((planted - fitted).abs() < 0.1, "{}: {planted} and {fitted}", kind.name());
    }
    // Those who see no difference make everybody look a little less sure.
    assert!((7.5..9.5).contains(&found.profile.temperature), "{}", found.profile.temperature);
    assert!(found.acceptable && found.accuracy_gain.low > 0.0, "{}", found.accuracy_gain);
    assert!(found.log_loss_after < found.log_loss_before);
    assert!((found.ties as f64 / 10_000.0 - 0.05).abs() < 0.01);
}

#[test]
fn the_same_judgements_give_the_same_row_and_the_same_figures() {
    let (pairs, measured) = judged(&taste(), 500, 2);
    let judgements = Judgements::new(&pairs, &measured);
    let once = calibrate(&start(), &judgements, &OPTIONS).unwrap().calibration;
    assert_eq!(calibrate(&start(), &judgements, &OPTIONS).unwrap().calibration, once);
}

#[test]
fn a_row_that_is_right_already_is_hardly_moved_by_few_judgements() {
    let (pairs, measured) = judged(&taste(), 40, 3);
    let options = CalibrationOptions { prior: 30.0, ..OPTIONS };
    let found = calibrate(&taste(), &Judgements::new(&pairs, &measured), &options).unwrap().calibration;
    let moved = Context::mix([(&found.profile, 1.0)]).weights.into_iter().zip(Context::mix([(&taste(), 1.0)]).weights);
    assert!(moved.clone().all(|(after, before)| (after - before).abs() < 0.05), "{:?}", moved.collect::<Vec<_>>());
}

#[test]
fn judgements_that_nothing_measured_explains_are_not_accepted_for_long() {
    // The taste is known already; whatever is fitted to a few more judgements can only be worse on other prompts.
    let refused = (0..10).filter(|seed| {
        let (pairs, measured) = judged(&taste(), 60, 100 + seed);
        let options = CalibrationOptions { prior: 0.01, ..OPTIONS };
        !calibrate(&taste(), &Judgements::new(&pairs, &measured), &options).unwrap().calibration.acceptable
    });
    assert!(refused.count() >= 6);
}

#[test]
fn pairs_without_measurements_are_counted_and_left_out() {
    let (pairs, mut measured) = judged(&taste(), 400, 4);
    let gone = pairs[0].a.clone();
    measured.remove(&gone);
    let found = calibrate(&start(), &Judgements::new(&pairs, &measured), &OPTIONS).unwrap().calibration;
    let without = pairs.iter().filter(|pair| pair.a == gone || pair.b == gone).count();
    assert_eq!((found.left_out, found.pairs), (without, 400 - without));
}

#[test]
fn a_heavier_rater_counts_more() {
    let (mut pairs, measured) = judged(&taste(), 2_000, 5);
    // Every second judgement is turned round.
    for pair in pairs.iter_mut().step_by(2) {
        std::mem::swap(&mut pair.a, &mut pair.b);
    }
    let accuracy = |pairs: &[PreferencePair]| {
        calibrate(&start(), &Judgements::new(pairs, &measured), &OPTIONS).unwrap().calibration.accuracy_after.value
    };
    let alike = accuracy(&pairs);
    pairs.iter_mut().step_by(2).for_each(|pair| pair.weight = 0.01);
    let weighed = accuracy(&pairs);
    assert!(alike < 0.55 && weighed > 0.64, "{alike} and {weighed}");
}

//! What a score would be without one of its parts. Works on what a scored line tells: weights, values, impacts, severities.

/// A component's weight and value, each [0, 1].
pub type Weighted = (f64, f64);
/// A distortion's impact and severity, each [0, 1].
pub type Minded = (f64, f64);

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Without {
    /// Nothing: the score itself.
    Nothing,
    /// The component of that index; its weight goes to the others in proportion.
    Component(usize),
    /// The distortion of that index, as if it was not there.
    Distortion(usize),
    /// Every distortion.
    Distortions,
}

/// The fused score, [0, 100], of the measured components and the assessed distortions, less what is left out; an index that
/// is not there leaves out nothing. `None` where no weight remains.
pub fn score(components: &[Weighted], distortions: &[Minded], without: Without) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for (index, (weight, value)) in components.iter().enumerate() {
        if without != Without::Component(index) {
            sum += weight * value.clamp(0.0, 1.0);
            total += weight;
        }
    }
    let stays = |index: &usize| ![Without::Distortions, Without::Distortion(*index)].contains(&without);
    let left = distortions.iter().enumerate().filter(|(index, _)| stays(index));
    let kept: f64 = left.map(|(_, (impact, severity))| 1.0 - impact * severity.clamp(0.0, 1.0)).product();
    (total > 0.0).then(|| (100.0 * sum / total * kept).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a batch's results: what a line tells of its parts, and the score that it tells.
    const COMPONENTS: [Weighted; 4] = [
        (0.214_650_792_039_498_4, 0.413_954_608_144_584_7),
        (0.194_224_068_463_893_4, 0.415_459_752_082_824_7),
        (0.353_899_326_608_150_8, 0.994_668_437_685_801_7),
        (0.237_225_812_903_957_4, 0.999_218_661_284_98),
    ];
    const DISTORTIONS: [Minded; 12] = [
        (0.7, 0.005_828_442_983_329_296),
        (0.6, 0.009_487_417_526_543_14),
        (0.5, 0.006_995_592_266_321_182),
        (0.4, 0.008_804_386_481_642_723),
        (0.4, 0.001_427_760_929_800_57),
        (0.5, 0.007_821_924_053_132_534),
        (0.4, 0.013_348_390_348_255_634),
        (0.4, 0.007_009_595_166_891_813),
        (0.35, 0.013_901_391_997_933_388),
        (0.4, 0.017_587_495_677_457_78),
        (0.35, 0.009_698_093_868_792_057),
        (0.5, 0.004_540_670_197_457_075),
    ];
    const SCORE: f64 = 72.370_611_361_257_82;

    #[test]
    fn without_nothing_it_is_the_score_that_was_given() {
        let again = score(&COMPONENTS, &DISTORTIONS, Without::Nothing).unwrap();
        assert!((again - SCORE).abs() < 1e-6, "{again}");
    }

    #[test]
    fn a_components_weight_goes_to_the_others_in_proportion() {
        let parts = [(0.5, 0.2), (0.3, 1.0), (0.2, 0.5)];
        let left = score(&parts, &[], Without::Component(0)).unwrap();
        assert!((left - 100.0 * (0.6 + 0.4 * 0.5)).abs() < 1e-9, "{left}");
    }

    #[test]
    fn distortions_are_left_out_one_by_one_or_together() {
        let (parts, distortions) = ([(1.0, 0.8)], [(0.5, 0.5), (1.0, 0.5)]);
        let of = |without| score(&parts, &distortions, without).unwrap();
        for (without, expected) in [
            (Without::Nothing, 80.0 * 0.75 * 0.5),
            (Without::Distortion(0), 80.0 * 0.5),
            (Without::Distortion(1), 80.0 * 0.75),
            (Without::Distortions, 80.0),
        ] {
            assert!((of(without) - expected).abs() < 1e-9, "{without:?}");
        }
    }

    #[test]
    fn without_its_only_component_there_is_no_score() {
        assert_eq!(score(&[(1.0, 0.8)], &DISTORTIONS, Without::Component(0)), None);
        assert_eq!(score(&[], &[], Without::Nothing), None);
    }
}

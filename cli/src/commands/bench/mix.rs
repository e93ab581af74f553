//! What the requests of a load are: with which picture, whether right or wrong, and whether the caller waits for the answer. All
//! of it is told by a request's number, so that each run is the same but for the bytes that make its pictures new.

use bytes::Bytes;
use domain::scenario::Selector;
use fastrand::Rng;
use proto::{common::Picture, quality::ScoreRequest};
use tonic::Code;
use wire::scenario::to_selector;

use super::marked;

/// Much longer than a picture's first bytes that name its format, and much shorter than a picture.
const BROKEN: usize = 64;
const UNKNOWN: &str = "a-scenario-that-nobody-has";

/// What all requests of a load are made of.
pub struct Mix {
    /// At least one.
    pub pictures: Vec<Bytes>,
    /// A right request, but for its picture.
    pub request: ScoreRequest,
    /// Whether pictures are sent as they are, again and again.
    pub repeat: bool,
    /// A number of this run's own: no other run's pictures have the same bytes.
    pub run: u64,
    /// Share of the requests that are wrong.
    pub wrong: f64,
    /// Share of the callers who hang up.
    pub cancel: f64,
}

/// One request.
pub struct Planned {
    pub request: ScoreRequest,
    /// How it is to be refused, if it is wrong.
    pub refusal: Option<Code>,
    /// When its caller hangs up, as a share of the time that an answer takes.
    pub hangs_up: Option<f64>,
}

impl Mix {
    /// The request with that number.
    pub fn planned(&self, number: u64) -> Planned {
        let mut chance = Rng::with_seed(number);
        let picture = &self.pictures[chance.usize(..self.pictures.len())];
        let mut planned = Planned { request: self.with(picture, number), refusal: None, hangs_up: None };
        if chance.f64() < self.wrong {
            planned.spoil(chance.u8(..3));
        }
        planned.hangs_up = (chance.f64() < self.cancel).then(|| chance.f64());
        planned
    }

    /// A right request of that number with this picture.
    pub fn with(&self, picture: &Bytes, number: u64) -> ScoreRequest {
        let data = if self.repeat { picture.clone() } else { marked(picture, self.run.wrapping_add(number)) };
        ScoreRequest { picture: Some(Picture { data, ..Picture::default() }), ..self.request.clone() }
    }
}

impl Planned {
    /// Makes it wrong in one of three ways.
    fn spoil(&mut self, way: u8) {
        let request = &mut self.request;
        self.refusal = Some(match way {
            0 => {
                request.picture.iter_mut().for_each(|picture| picture.data.truncate(BROKEN));
                Code::InvalidArgument
            }
            1 => {
                request.prompt.clear();
                Code::InvalidArgument
            }
            _ => {
                request.scenario = Some(to_selector(Selector::Name(UNKNOWN.into())));
                Code::NotFound
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_of_each_run_has_a_picture_of_its_own_unless_they_repeat() {
        let picture = Bytes::from_static(&[1; 100]);
        let sent = |run: u64, repeat: bool, number: u64| {
            let request = ScoreRequest::default();
            let mix = Mix { pictures: vec![picture.clone()], request, repeat, run, wrong: 0.0, cancel: 0.0 };
            mix.planned(number).request.picture.unwrap().data
        };
        assert_eq!(sent(7, false, 1), sent(7, false, 1));
        assert!(sent(7, false, 1) != sent(7, false, 2) && sent(7, false, 1) != sent(1_000, false, 1));
        assert_eq!(sent(7, true, 1), picture);
    }

    #[test]
    fn so_many_requests_are_wrong_and_so_many_callers_hang_up_as_the_shares_say() {
        let pictures = vec![Bytes::from_static(&[1; 100]), Bytes::from_static(&[2; 100])];
        let request = ScoreRequest { prompt: "a cat".into(), ..ScoreRequest::default() };
        let mix = Mix { pictures, request, repeat: true, run: 0, wrong: 0.2, cancel: 0.1 };
        let planned: Vec<Planned> = (0..10_000).map(|number| mix.planned(number)).collect();
        let count = |of: &dyn Fn(&Planned) -> bool| planned.iter().filter(|planned| of(planned)).count();
        let data = |planned: &Planned| planned.request.picture.as_ref().unwrap().data.clone();
        assert!((1_900..2_100).contains(&count(&|planned| planned.refusal.is_some())));
        assert!((900..1_100).contains(&count(&|planned| planned.hangs_up.is_some())));
        assert!((4_800..5_200).contains(&count(&|planned| data(planned)[0] == 1)));
        for way in [|p: &Planned| p.request.prompt.is_empty(), |p: &Planned| p.request.scenario.is_some()] {
            assert!((570..770).contains(&count(&way)));
        }
        assert!((570..770).contains(&count(&|planned| data(planned).len() == BROKEN)));
    }
}

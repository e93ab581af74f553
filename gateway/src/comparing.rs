//! Pictures beside each other: two of them, or many for one prompt.

use std::{sync::Arc, time::Instant};

use domain::{
    comparison::{Comparison, best_of},
    language::Language,
    roles::{Answer, Call, RoleError},
    scenario::Selector,
    score::Score,
};
use futures::{StreamExt, stream};

use crate::{Gateway, ScoreRequest, Source, gateway::refused, stage::Staged, tally, tenants::Tenant};

/// One picture of a ranking.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The caller's own name for it.
    pub id: String,
    /// The encoded picture.
    pub picture: Source,
}

/// One picture's place.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The candidate's.
    pub id: String,
    /// 1 is the best; `None` where there is no score.
    pub rank: Option<u32>,
    /// How likely people are to prefer it to all the others, [0, 1]; 0 where there is no score.
    pub best: f64,
    /// Its score, or why there is none.
    pub score: Answer<Score>,
}

impl Gateway {
    /// Which of two pictures for one prompt is better, by how much, how surely and why.
    pub async fn compare(
        &self,
        call: Call,
        tenant: &str,
        pictures: [Source; 2],
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Answer<Comparison> {
        let [a, b] = pictures;
        let candidates = [("a", a), ("b", b)].map(|(id, picture)| Candidate { id: id.to_owned(), picture });
        let mut scores = self.score_all(call, tenant, candidates.into(), prompt, scenario).await?.into_iter();
        let mut next = |field: &str| {
            let score = scores.next().map(|(_, score)| score);
            score.unwrap_or_else(|| Err(RoleError::Internal(format!("there is no score of {field}"))))
        };
        let of = |field: &'static str| {
            move |error| match error {
                RoleError::InvalidInput { field: below, message } => {
                    RoleError::invalid(format!("{field}{}", below.strip_prefix("picture").unwrap_or_default()), message)
                }
                other => other,
            }
        };
        let a = next("a").map_err(of("a"))?;
        Ok(Comparison::of(a, next("b").map_err(of("b"))?))
    }

    /// Pictures for one prompt, the best first; those without a score come last. The prompt is taken apart once.
    pub async fn rank(
        &self,
        call: Call,
        tenant: &str,
        candidates: Vec<Candidate>,
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Answer<Vec<Ranked>> {
        let (got, most) = (candidates.len(), self.settings.max_candidates);
        if !(1..=most).contains(&got) {
            return Err(RoleError::invalid("candidates", format!("expected 1 to {most} pictures, got {got}")));
        }
        let mut scores = self.score_all(call, tenant, candidates, prompt, scenario).await?;
        let points = |score: &Answer<Score>| score.as_ref().map_or(f64::NEG_INFINITY, |score| score.score);
        scores.sort_by(|(_, a), (_, b)| points(b).total_cmp(&points(a)));
        let scored: Vec<&Score> = scores.iter().filter_map(|(_, score)| score.as_ref().ok()).collect();
        let temperature = scored.first().map_or(1.0, |score| score.scenario.temperature);
        let best = best_of(&scored.iter().map(|score| score.score).collect::<Vec<_>>(), temperature);
        let mut best = best.into_iter();
        let places = scores.into_iter().zip(1..).map(|((id, score), place)| {
            let best = if score.is_ok() { best.next().unwrap_or(0.0) } else { 0.0 };
            Ranked { id, rank: score.is_ok().then_some(place), best, score }
        });
        Ok(places.collect())
    }

    /// Scores every candidate against one prompt, a few at once, in the order given. What is wrong with prompt or scenario
    /// fails them all; what is wrong with one picture fails that one.
    async fn score_all(
        &self,
        call: Call,
        tenant: &str,
        candidates: Vec<Candidate>,
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Answer<Vec<(String, Answer<Score>)>> {
        let (tenant, pictures) = (self.tenants.get(tenant), candidates.len() as u64);
        let mut permit = self.take(&tenant, pictures).await?;
        let scores = self.score_each(call, &tenant, candidates, prompt, scenario).await;
        permit.refund(match &scores {
            Ok(scores) => scores.iter().map(|(_, score)| refused(score)).sum(),
            Err(_) => refused(&scores) * pictures,
        });
        scores
    }

    async fn score_each(
        &self,
        call: Call,
        tenant: &Arc<Tenant>,
        candidates: Vec<Candidate>,
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Answer<Vec<(String, Answer<Score>)>> {
        let once = self.bounded(call, Instant::now());
        let selector = scenario.clone().unwrap_or_else(|| Selector::Name(self.settings.default_scenario.clone()));
        let scenario = self.tenants.backends().scorer.resolve(once, &tenant.name, &selector).await?;
        let prompt = self.settings.checked_prompt(prompt)?;
        let fan_out = self.fan_out(tenant, None, prompt);
        let decomposed = fan_out.decompose(once, prompt, Language::of(prompt)).await?;
        let score = |candidate: Candidate| {
            let request = ScoreRequest {
                picture: candidate.picture,
                prompt: prompt.to_owned(),
                scenario: Some(selector.clone()),
                include_maps: false,
                include_suggestions: false,
            };
            let (decomposed, scenario): (&Staged<_>, _) = (&decomposed, scenario.clone());
            async move {
                // Each picture has its own time, within the caller's.
                let call = self.bounded(call, Instant::now());
                let scored = match request.check(call, &tenant.pictures, &self.settings, &self.fetcher).await {
                    Ok(request) => {
                        self.score_under(call, tenant, request, scenario, Some(decomposed), Vec::new()).await
                    }
                    Err(error) => Err(error),
                };
                tally::scored(&scored);
                (candidate.id, scored)
            }
        };
        let scores = stream::iter(candidates.into_iter().map(score)).buffered(self.settings.stream_in_flight.max(1));
        Ok(scores.collect().await)
    }
}

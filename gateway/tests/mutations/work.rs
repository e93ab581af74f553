//! The mutated calls, one by one, and what their answers may be.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use fastrand::Rng;
use http::HeaderMap;
use prost::Message;
use proto::{admin, quality};
use tonic::{Code, transport::Channel};

use crate::{
    calls::{Heard, call, framed, unframed},
    fields, headers,
    maker::Maker,
    methods::{self, At, Method},
    odd,
    pictures::Corpus,
    place::{LONGEST_CALL_MS, Place},
};

/// Calls at once.
const AT_ONCE: usize = 16;
/// How much longer than its deadline an answer may take on a busy machine.
const GRACE: Duration = Duration::from_secs(20);
/// Faults after which no more calls are made.
const ENOUGH: usize = 20;

/// Everything that a task needs; cloning shares it.
#[derive(Clone)]
pub struct Work(Arc<Shared>);

struct Shared {
    seed: u64,
    gateway: Channel,
    roles: Channel,
    methods: Vec<Method>,
    corpus: Corpus,
    kept: Vec<String>,
    key: String,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    faults: Vec<String>,
    codes: BTreeMap<&'static str, u64>,
    slowest: (Duration, String),
}

/// One call as it is sent.
struct Mutated<'a> {
    number: u64,
    method: &'a Method,
    how: &'static str,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Work {
    pub fn new(seed: u64, place: &Place, corpus: Corpus, kept: Vec<String>, key: String) -> Self {
        let (gateway, roles) = (place.gateway.clone(), place.roles.clone());
        let methods = methods::all();
        Self(Arc::new(Shared { seed, gateway, roles, methods, corpus, kept, key, told: Mutex::default() }))
    }

    /// Makes the calls with these numbers.
    pub async fn run(&self, numbers: Range<u64>) {
        let next = Arc::new(AtomicU64::new(numbers.start));
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (work, next, end) = (self.clone(), Arc::clone(&next), numbers.end);
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end || work.told_now().faults.len() >= ENOUGH {
                            return;
                        }
                        work.one(number).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }

    fn told_now(&self) -> MutexGuard<'_, Told> {
        self.0.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was answered otherwise than it should have been.
    pub fn faults(&self) -> Vec<String> {
        self.told_now().faults.clone()
    }

    /// What was answered, in a few words.
    pub fn told(&self) -> String {
        let Told { codes, slowest, .. } = &*self.told_now();
        format!("{codes:?}; the slowest, {} ms: {}", slowest.0.as_millis(), slowest.1)
    }

    fn channel(&self, method: &Method) -> &Channel {
        if method.at == At::Gateway { &self.0.gateway } else { &self.0.roles }
    }

    async fn one(&self, number: u64) {
        let mut rng = Rng::with_seed(self.0.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mutated = self.mutated(number, &mut rng);
        let (path, start) = (mutated.method.path, Instant::now());
        let calling = call(self.channel(mutated.method), path, mutated.headers.clone(), mutated.body.clone());
        if mutated.how == "hung up on" {
            // Whatever it was doing is to end.
            let _ = tokio::time::timeout(Duration::from_micros(rng.u64(..20_000)), calling).await;
            return;
        }
        let found = match tokio::time::timeout(Duration::from_millis(LONGEST_CALL_MS) + GRACE, calling).await {
            Ok(heard) => {
                let found = self.judge(&mutated, &heard).await;
                let code = kit::status::code_name(heard.status.code());
                *self.told_now().codes.entry(code).or_default() += 1;
                found
            }
            Err(_) => Err("no answer".to_owned()),
        };
        let (what, took) = (format!("call {number}, {path}, {}", mutated.how), start.elapsed());
        let mut told = self.told_now();
        if let Err(wrong) = found {
            let seed = self.0.seed;
            told.faults.push(format!(
                "{what}: {wrong} (CPAIQA_MUTATIONS_SEED={seed} CPAIQA_MUTATIONS_FIRST={number} CPAIQA_MUTATIONS_COUNT=1)"
            ));
        }
        if took > told.slowest.0 {
            told.slowest = (took, what);
        }
    }

    /// The call of that number, which is always the same.
    fn mutated(&self, number: u64, rng: &mut Rng) -> Mutated<'_> {
        let shared = &*self.0;
        let method = {
            let shares: usize = shared.methods.iter().map(|method| method.share).sum();
            let mut at = rng.usize(..shares);
            let found = shared.methods.iter().find(|method| {
                let here = at < method.share;
                at = at.wrapping_sub(method.share);
                here
            });
            found.unwrap()
        };
        let how = match rng.u8(..100) {
            0..35 => "with damaged pictures",
            35..65 => "with odd fields",
            65..78 => "with flipped bytes",
            78..84 => "with odd frames",
            84..95 => "with odd headers",
            _ => "hung up on",
        };
        let damage = how == "with damaged pictures" || rng.u8(..4) == 0;
        let count = if method.streams { rng.usize(..5) } else { 1 };
        let mut messages = Vec::new();
        for _ in 0..count {
            let (kept, key) = (&*shared.kept, &*shared.key);
            let mut maker = Maker { rng, corpus: &shared.corpus, damage, number, kept, key };
            let message = (method.example)(&mut maker);
            messages.push(match how {
                "with odd fields" => fields::changed(&message, rng),
                "with flipped bytes" => flipped(message, rng),
                _ => message,
            });
        }
        let mut body = framed(&messages);
        if how == "with odd frames" {
            reframe(&mut body, rng);
        }
        let headers = if how == "with odd headers" { headers::odd(rng) } else { HeaderMap::new() };
        Mutated { number, method, how, headers, body }
    }

    /// Whether the answer is one, or names the caller's fault; what was taken can be used.
    async fn judge(&self, mutated: &Mutated<'_>, heard: &Heard) -> Result<(), String> {
        let Mutated { method, headers, body, .. } = mutated;
        let messages = unframed(body.clone().into());
        let whole = messages.as_ref().is_some_and(|all| {
            (method.streams || !all.is_empty()) && all.iter().all(|message| (method.reads)(message))
        });
        let timed = headers.contains_key("grpc-timeout");
        let code = heard.status.code();
        let expected = match code {
            Code::Ok | Code::InvalidArgument | Code::NotFound | Code::ResourceExhausted | Code::Aborted => true,
            Code::Unauthenticated => headers.contains_key("authorization"),
            Code::PermissionDenied => headers.contains_key("cpaiqa-tenant"),
            Code::DeadlineExceeded | Code::Cancelled => timed,
            Code::Unimplemented => headers.contains_key("grpc-encoding") || !whole,
            // How gRPC says that what came is no message, or one that is too long.
            Code::Internal | Code::OutOfRange => !whole || body.len() > 1 << 20,
            _ => false,
        };
        if !expected {
            return Err(format!("{code:?}: {:.300}", heard.status.message()));
        }
        // The transport repeats the name of an encoding that it does not know.
        if heard.status.message().len() > 2_000 && !headers.contains_key("grpc-encoding") {
            return Err(format!("a message of {} bytes", heard.status.message().len()));
        }
        for message in &heard.messages {
            (method.check)(message).map_err(|wrong| format!("an answer that is none: {wrong:.300}"))?;
        }
        if code == Code::Ok
            && let Some(message) = messages.as_ref().and_then(|all| all.first())
        {
            self.use_what_was_taken(mutated, message).await?;
        }
        Ok(())
    }

    /// A measurement that was taken can be had and judged again; so can the history of a scenario that was taken.
    async fn use_what_was_taken(&self, mutated: &Mutated<'_>, message: &[u8]) -> Result<(), String> {
        let mut next: Vec<(&str, Vec<u8>)> = Vec::new();
        if mutated.method.path.ends_with("/KeepMeasurement") {
            let taken = admin::KeepMeasurementRequest::decode(message).map_err(|error| error.to_string())?;
            let id = taken.score.unwrap_or_default().id;
            next.push((
                "/cpaiqa.admin.v1.AdminService/GetMeasurement",
                admin::GetMeasurementRequest { id: id.clone() }.encode_to_vec(),
            ));
            let again = quality::RescoreRequest { ids: vec![id], scenarios: Vec::new() };
            next.push(("/cpaiqa.quality.v1.QualityService/Rescore", again.encode_to_vec()));
        }
        if mutated.method.path.ends_with("/ReviseScenario") {
            let taken = admin::ReviseScenarioRequest::decode(message).map_err(|error| error.to_string())?;
            let name = taken.profile.unwrap_or_default().name;
            next.push((
                "/cpaiqa.admin.v1.AdminService/ListScenarioRevisions",
                admin::ListScenarioRevisionsRequest { name }.encode_to_vec(),
            ));
        }
        // The services behind the gateway were told whose it is.
        if mutated.headers.contains_key("cpaiqa-tenant") {
            return Ok(());
        }
        for (path, message) in next {
            let status = call(&self.0.gateway, path, HeaderMap::new(), framed(&[message])).await.status;
            if status.code() != Code::Ok {
                let (number, code) = (mutated.number, status.code());
                return Err(format!("{path} of what call {number} left: {code:?}: {:.300}", status.message()));
            }
        }
        Ok(())
    }
}

fn flipped(mut message: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..rng.usize(1..=6) {
        if message.is_empty() {
            break;
        }
        // Most of a message is its picture, which is damaged elsewhere.
        let within = if rng.bool() { message.len() } else { message.len().min(16) };
        let at = rng.usize(..within);
        match rng.u8(..4) {
            0 => message[at] = rng.u8(..),
            1 => message[at] ^= 1 << rng.u8(..8),
            2 => message.truncate(at),
            _ => message.insert(at, rng.u8(..)),
        }
    }
    message
}

/// Makes frames lie about their length, their compression and their number.
fn reframe(body: &mut Vec<u8>, rng: &mut Rng) {
    match rng.u8(..6) {
        0 if !body.is_empty() => body[0] = rng.u8(1..),
        1 if body.len() >= 5 => {
            let length = odd::integer(rng) as u32;
            body[1..5].copy_from_slice(&length.to_be_bytes());
        }
        2 => body.truncate(rng.usize(..=body.len())),
        3 => body.extend([0, 0, 0, 0, 9, 1, 2]),
        4 => body.clear(),
        _ => body.extend(body.clone()),
    }
}

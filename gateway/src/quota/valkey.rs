//! Counts in Valkey or Redis, for several gateways together.
//!
//! A script of the server's own decides about all three limits at once, by the server's clock. A running call holds a lease
//! that its gateway renews, so that the calls of a gateway that died are over when their leases end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::roles::{Answer, RoleError};
use redis::{FromRedisValue, RedisResult, Script, ScriptInvocation, Value};
use tokio::{sync::oneshot, time::timeout};

use super::{Allowance, MemoryMeter, Meter, Permit, QuotaError, QuotaSettings, Usage, WhenAway, allowance::Refused};
use crate::valkey::Valkey;

/// How long an answer that nobody waits for any more is listened for, to give back what it took; then it is asked for once
/// more.
const LATE: Duration = Duration::from_secs(5);

/// What the scripts count with; doubles are exact up to here.
const MOST: u64 = 1 << 53;

const RENEW: &str = "
    local time = redis.call('TIME')
    redis.call('ZADD', KEYS[2], tonumber(time[1]) * 1000000 + tonumber(time[2]) + ARGV[2], ARGV[1])
    return redis.call('PEXPIRE', KEYS[2], math.ceil(ARGV[2] / 1000))";

/// Pictures go back once, and only to the day that they were taken from.
const RELEASE: &str = "
    local held = redis.call('ZREM', KEYS[2], ARGV[1])
    if held == 1 and redis.call('HGET', KEYS[1], 'day') == ARGV[2] then
        redis.call('HINCRBY', KEYS[1], 'pictures', -tonumber(ARGV[3]))
    end
    return held";

const USAGE: &str = "
    local time = redis.call('TIME')
    local known = redis.call('HMGET', KEYS[1], 'day', 'pictures')
    local used = 0
    if tonumber(known[1]) == math.floor(tonumber(time[1]) / 86400) then used = tonumber(known[2]) end
    local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
    return {used, redis.call('ZCOUNT', KEYS[2], now, '+inf')}";

/// Counts in Valkey or Redis.
pub struct ValkeyMeter {
    store: Arc<Store>,
    timeout: Duration,
    when_away: WhenAway,
    /// Counts while the store is away.
    local: MemoryMeter,
}

impl ValkeyMeter {
    /// Counts where `settings` say. Call it inside a Tokio runtime; no connection is made yet.
    ///
    /// # Errors
    ///
    /// When the settings name no store or no usable times.
    pub fn new(settings: &QuotaSettings) -> Result<Self, QuotaError> {
        settings.check()?;
        Ok(Self {
            store: Arc::new(Store::new(settings)?),
            timeout: settings.timeout(),
            when_away: settings.when_away,
            local: MemoryMeter::new(),
        })
    }

    /// Says, once in a while, that the store is away; an error when that must not be.
    fn away(&self, why: &str, needed: bool) -> Answer<()> {
        let refuse = self.when_away == WhenAway::Refuse && needed;
        let server = &self.store.server;
        if server.is_time_to_warn() {
            let instead = if refuse { "calls are refused" } else { "this gateway counts by itself" };
            tracing::warn!(store = server.address(), "the quota store is away, {instead}: {why}");
        }
        if refuse {
            let address = server.address();
            return Err(RoleError::Unavailable(format!("the quota store {address} is away: {why}; try again")));
        }
        Ok(())
    }

    fn late(&self) -> String {
        format!("no answer within {} ms", self.timeout.as_millis())
    }
}

#[async_trait]
impl Meter for ValkeyMeter {
    async fn take(&self, tenant: &str, allowance: &Allowance, pictures: u64) -> Answer<Permit> {
        let (reply, taken) = oneshot::channel();
        // A task of its own: when this caller leaves before the answer, what the answer took is given back all the same.
        tokio::spawn(Arc::clone(&self.store).hold(tenant.to_owned(), *allowance, pictures, reply));
        let why = match timeout(self.timeout, taken).await {
            Ok(Ok(Ok(Ok(permit)))) => return Ok(permit.accepted()),
            Ok(Ok(Ok(Err(refused)))) => return Err(allowance.refusal(refused)),
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "the counting ended early".into(),
            Err(_) => self.late(),
        };
        self.away(&why, !allowance.is_unlimited())?;
        self.local.take(tenant, allowance, pictures).await
    }

    async fn usage(&self, tenant: &str) -> Answer<Usage> {
        let keys = Keys::of(tenant);
        let asked = timeout(self.timeout, self.store.ask(keys.call(&self.store.scripts.usage))).await;
        let why = match asked {
            Ok(Ok((pictures_today, running))) => return Ok(Usage { pictures_today, running }),
            Ok(Err(error)) => error.to_string(),
            Err(_) => self.late(),
        };
        self.away(&why, true)?;
        self.local.usage(tenant).await
    }
}

/// A tenant's keys. The braces keep them together on a cluster.
struct Keys {
    counts: String,
    running: String,
}

impl Keys {
    fn of(tenant: &str) -> Self {
        Self { counts: format!("cpaiqa:{{{tenant}}}:counts"), running: format!("cpaiqa:{{{tenant}}}:running") }
    }

    fn call<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut call = script.prepare_invoke();
        call.key(&self.counts).key(&self.running);
        call
    }
}

struct Scripts {
    take: Script,
    renew: Script,
    release: Script,
    usage: Script,
}

/// The server, and what is asked of it.
struct Store {
    server: Valkey,
    scripts: Scripts,
    lease: Duration,
    /// Tells this gateway's leases from the others'.
    gateway: u64,
    leases: AtomicU64,
}

impl Store {
    fn new(settings: &QuotaSettings) -> Result<Self, QuotaError> {
        let scripts = Scripts {
            take: Script::new(include_str!("take.lua")),
            renew: Script::new(RENEW),
            release: Script::new(RELEASE),
            usage: Script::new(USAGE),
        };
        Ok(Self {
            server: Valkey::new(&settings.store, settings.timeout(), LATE).map_err(QuotaError::Store)?,
            scripts,
            lease: Duration::from_millis(settings.lease_ms),
            gateway: fastrand::u64(..),
            leases: AtomicU64::new(0),
        })
    }

    /// Takes, and holds what was taken until the permit that goes to `reply` is dropped.
    async fn hold(
        self: Arc<Self>,
        tenant: String,
        allowance: Allowance,
        pictures: u64,
        reply: oneshot::Sender<RedisResult<Result<Permit, Refused>>>,
    ) {
        let keys = Keys::of(&tenant);
        let lease = format!("{:016x}-{}", self.gateway, self.leases.fetch_add(1, Ordering::Relaxed));
        let day = match self.take(&keys, &lease, &allowance, pictures).await {
            Ok(Ok(day)) => day,
            Ok(Err(refused)) => return drop(reply.send(Ok(Err(refused)))),
            Err(error) => return drop(reply.send(Err(error))),
        };
        let (release, mut released) = oneshot::channel();
        let permit = Permit::new(pictures, move |unused| {
            let _ = release.send(unused);
        });
        // A caller who has left drops the permit, which is then released at once.
        drop(reply.send(Ok(Ok(permit))));
        let unused = loop {
            match timeout(self.lease / 3, &mut released).await {
                Ok(unused) => break unused.unwrap_or_default(),
                // What fails now is tried again before the lease ends.
                Err(_) => drop(self.ask::<Value>(self.renewal(&keys, &lease)).await),
            }
        };
        let mut call = keys.call(&self.scripts.release);
        call.arg(&lease).arg(day).arg(unused);
        // Where it fails, the lease ends by itself.
        drop(self.ask::<Value>(call).await);
    }

    fn renewal(&self, keys: &Keys, lease: &str) -> ScriptInvocation<'_> {
        let mut call = keys.call(&self.scripts.renew);
        call.arg(lease).arg(self.lease.as_micros() as u64);
        call
    }

    /// The day that the pictures are of.
    async fn take(
        &self,
        keys: &Keys,
        lease: &str,
        allowance: &Allowance,
        pictures: u64,
    ) -> RedisResult<Result<u64, Refused>> {
        let limit = |limit: Option<u64>| limit.map_or(-1, |limit| limit.min(MOST) as i64);
        let bucket = allowance.bucket();
        let mut call = keys.call(&self.scripts.take);
        call.arg(lease).arg(self.lease.as_micros() as u64).arg(pictures.min(MOST));
        call.arg(limit(allowance.pictures_per_day)).arg(limit(allowance.concurrent.map(u64::from)));
        call.arg(limit(bucket.map(|bucket| bucket.interval))).arg(limit(bucket.map(|bucket| bucket.window)));
        let answer: Vec<Value> = self.ask(call).await?;
        let mut answer = answer.into_iter();
        let mut next = || answer.next().unwrap_or(Value::Nil);
        let verdict = String::from_redis_value(next())?;
        let mut number = || u64::from_redis_value(next());
        Ok(match verdict.as_str() {
            "pictures" => {
                let (used, again) = (number()?, Duration::from_micros(number()?));
                Err(Refused::Pictures { used, asked: pictures, again })
            }
            "concurrent" => Err(Refused::Concurrent { running: number()? }),
            "rate" => Err(Refused::Rate { again: Duration::from_micros(number()?) }),
            _ => Ok(number()?),
        })
    }

    /// Asks the server. All scripts may be asked twice: a lease is taken and released once.
    async fn ask<T: FromRedisValue>(&self, call: ScriptInvocation<'_>) -> RedisResult<T> {
        let call = &call;
        self.server.ask(|mut connection| async move { call.invoke_async(&mut connection).await }).await
    }
}

-- Takes one request, one running call and some pictures: all of them, or none.
--
-- KEYS  counts: a hash with the UTC day (since 1970), its pictures, and when the bucket of the rate is empty (microseconds
--       since 1970)
--       running: a sorted set of leases by the microsecond in which they end
-- ARGV  lease, lease's length (microseconds), pictures, pictures a day or -1, calls at once or -1, microseconds a request or
--       -1, microseconds of a full bucket
--
-- Answers {"taken", day}, {"pictures", used, microseconds to midnight}, {"concurrent", running} or {"rate", microseconds}.
local counts, running = KEYS[1], KEYS[2]
local lease, length, pictures = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local per_day, at_once, interval, window = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local day = math.floor(now / 86400000000)

-- Asked again, because the connection broke before the answer came.
if redis.call('ZSCORE', running, lease) then return {'taken', day} end

local known = redis.call('HMGET', counts, 'day', 'pictures', 'empty')
local used = 0
if tonumber(known[1]) == day then used = tonumber(known[2]) end
if pictures > 0 and per_day >= 0 and used + pictures > per_day then
    return {'pictures', used, (day + 1) * 86400000000 - now}
end

redis.call('ZREMRANGEBYSCORE', running, '-inf', now)
local calls = redis.call('ZCARD', running)
if at_once >= 0 and calls >= at_once then return {'concurrent', calls} end

if interval >= 0 then
    -- A clock that was set back, or a narrower limit than before, leaves no more than a full bucket.
    local full = now + window
    local empty = math.min(math.max(tonumber(known[3]) or 0, now), full)
    local refused = empty + interval > full
    if not refused then empty = empty + interval end
    redis.call('HSET', counts, 'empty', empty)
    if refused then return {'rate', empty + interval - full} end
end

redis.call('HSET', counts, 'day', day, 'pictures', used + pictures)
redis.call('EXPIRE', counts, 172800)
redis.call('ZADD', running, now + length, lease)
redis.call('PEXPIRE', running, math.ceil(length / 1000))
return {'taken', day}

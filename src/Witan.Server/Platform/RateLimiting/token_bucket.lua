-- Takes up to some tokens from a bucket that fills steadily. Redis's own clock counts, so that the clocks of nodes do not.
-- Tokens are whole numbers of 1/60 of a millionth: what a microsecond adds to a bucket of n a minute is exactly n of them.
-- KEYS[1] the bucket. ARGV[1] how many tokens a minute, which is also how many it holds. ARGV[2] how many are wanted.
-- Answers how many were taken, and what is left, in the small unit.
local unit = 60000000
local rate = tonumber(ARGV[1])
local full = rate * unit
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local left = full
local stored = redis.call('GET', KEYS[1])
if stored then
    local at, kept = string.match(stored, '^(%d+):(%d+)$')
    local elapsed = math.min(math.max(now - at, 0), unit)
    left = math.min(full, kept + elapsed * rate)
end
local taken = math.min(tonumber(ARGV[2]), math.floor(left / unit))
left = left - taken * unit
-- After a minute it is full again, and so is one that is not there.
redis.call('SET', KEYS[1], string.format('%.0f:%.0f', now, left), 'PX', 61000)
return { taken, left }

-- Reads an answer if it is current, and the state of its tags: an epoch, and how often each was invalidated in it.
-- KEYS[1] the answer, KEYS[2] the epoch, KEYS[3] the generations. ARGV[1] an epoch for the case that there is none. ARGV[2…] the tags.
local epoch = redis.call('GET', KEYS[2])
if not epoch then
    epoch = ARGV[1]
    redis.call('SET', KEYS[2], epoch)
end
local tags = {}
for i = 2, #ARGV do tags[i - 1] = ARGV[i] end
local numbers = redis.call('HMGET', KEYS[3], unpack(tags))
for i = 1, #numbers do numbers[i] = numbers[i] or '0' end
local state = epoch .. ':' .. table.concat(numbers, ':')
local stored = redis.call('HMGET', KEYS[1], 'state', 'answer')
if stored[1] == state then return { state, stored[2] } end
return { state, false }

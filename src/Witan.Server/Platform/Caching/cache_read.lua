-- Reads an answer if it is current, with how long it is kept yet; and the state of its tags: an epoch, and how often each was invalidated in it.
-- KEYS[1] the answer, KEYS[2] the epoch and the generations. ARGV[1] an epoch for the case that there is none. ARGV[2…] the tags.
local fields = { 'epoch' }
for i = 2, #ARGV do fields[i] = ARGV[i] end
local numbers = redis.call('HMGET', KEYS[2], unpack(fields))
if not numbers[1] then
    numbers[1] = ARGV[1]
    redis.call('HSET', KEYS[2], 'epoch', ARGV[1])
end
for i = 2, #numbers do numbers[i] = numbers[i] or '0' end
local state = table.concat(numbers, ':')
local stored = redis.call('HMGET', KEYS[1], 'state', 'answer')
if stored[1] == state then return { state, stored[2], redis.call('PTTL', KEYS[1]) } end
return { state, false, 0 }

-- Stores an answer if nothing that it depends on was written since its state was read.
-- KEYS[1] the answer, KEYS[2] the epoch, KEYS[3] the generations. ARGV[1] the state, ARGV[2] the answer, ARGV[3] milliseconds to keep it. ARGV[4…] the tags.
local tags = {}
for i = 4, #ARGV do tags[i - 3] = ARGV[i] end
local numbers = redis.call('HMGET', KEYS[3], unpack(tags))
for i = 1, #numbers do numbers[i] = numbers[i] or '0' end
local state = (redis.call('GET', KEYS[2]) or '') .. ':' .. table.concat(numbers, ':')
if state ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', state, 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1

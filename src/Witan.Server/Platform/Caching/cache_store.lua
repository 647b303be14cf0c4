-- Stores an answer if nothing that it depends on was written since its state was read.
-- KEYS[1] the answer, KEYS[2] the epoch and the generations. ARGV[1] the state, ARGV[2] the answer, ARGV[3] milliseconds to keep it. ARGV[4…] the tags.
local fields = { 'epoch' }
for i = 4, #ARGV do fields[i - 2] = ARGV[i] end
local numbers = redis.call('HMGET', KEYS[2], unpack(fields))
numbers[1] = numbers[1] or ''
for i = 2, #numbers do numbers[i] = numbers[i] or '0' end
local state = table.concat(numbers, ':')
if state ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', state, 'answer', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1

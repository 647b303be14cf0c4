-- Invalidates tags, and tells the other nodes.
-- KEYS[1] the generations, KEYS[2] the channel. ARGV[1] the message. ARGV[2…] the tags.
for i = 2, #ARGV do redis.call('HINCRBY', KEYS[1], ARGV[i], 1) end
redis.call('PUBLISH', KEYS[2], ARGV[1])
return 1

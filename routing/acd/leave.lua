-- Removes everything of one node that signs off in order.
-- KEYS: nodes, reservations, calls of the node, agents of the node
-- ARGV: node, channel, sender
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[3], KEYS[4])
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if cjson.decode(all[i + 1]).node == ARGV[1] then redis.call('HDEL', KEYS[2], all[i]) end
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1

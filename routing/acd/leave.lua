-- Removes everything of one node that signs off in order; the last one takes the log
-- with it.
-- KEYS: nodes, reservations, head, log, calls of the node, agents of the node
-- ARGV: node, channel, sender
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[5], KEYS[6])
local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
  if cjson.decode(all[i + 1]).node == ARGV[1] then redis.call('HDEL', KEYS[2], all[i]) end
end
if redis.call('ZCARD', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[3], KEYS[4])
else
  local head = redis.call('INCR', KEYS[3])
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', 20000, string.format('%.0f', head) .. '-1', 'k', 'nodes', 'n', ARGV[1], 'i', '', 'v', '')
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1

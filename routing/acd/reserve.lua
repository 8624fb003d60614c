-- Books one agent for one call, if both are still what was matched and nobody
-- was quicker. Asked twice with the same value it says yes twice, so that a
-- client may repeat it when an answer was lost.
-- KEYS: nodes, reservations, epoch, calls of the call's node, agents of the agent's node
-- ARGV: agent's node, call, its value, agent, its value, reservation, channel, sender
-- Returns 1 when booked, else 0.
if redis.call('HGET', KEYS[2], ARGV[4]) == ARGV[6] then return 1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
local settled = redis.call('GET', KEYS[3])
if not lease or tonumber(lease) <= now or not settled or tonumber(settled) > now then return 0 end
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[3] or redis.call('HGET', KEYS[5], ARGV[4]) ~= ARGV[5] then return 0 end
if redis.call('HEXISTS', KEYS[2], ARGV[4]) == 1 then return 0 end
redis.call('HDEL', KEYS[4], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[4], ARGV[6])
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 1

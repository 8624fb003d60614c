-- Posts one node's changes, renews its lease, removes lapsed nodes and returns what
-- the node has not seen yet.
-- KEYS: nodes, reservations, epoch, head, log
-- ARGV: key prefix, node, lease (ms), channel, sender, settle (ms; 0: a first visit),
--       the last change seen (0: none), then kind, id, value for each change; '' deletes
-- Returns {now (ms), settled at (ms), head, changes, counts, all}:
--   changes {{number, {'k', kind, 'n', node, 'i', id, 'v', value}} …} since the last seen
--   counts  {reservations, {node, calls, agents} …} to compare with
--   all     {{agent, value …}, {node, {call, value …}, {agent, value …}} …} instead, when
--           the log does not reach back to the last seen; else empty
local prefix, node, seen = ARGV[1], ARGV[2], tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local changed = false

local function owner(value) return cjson.decode(value).node end
-- Numbers beyond 10^14 would be written as floats.
local function whole(n) return string.format('%.0f', n) end

local function note(kind, of, id, value)
  changed = true
  local head = redis.call('INCR', KEYS[4])
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', 20000, whole(head) .. '-1', 'k', kind, 'n', of, 'i', id, 'v', value)
end

if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('SET', KEYS[3], whole(now + ARGV[6])) end
-- Numbers begin with the time: after a flush they are beyond all that were before it.
if redis.call('EXISTS', KEYS[4]) == 0 then redis.call('SET', KEYS[4], whole(now * 1000)) end
redis.call('ZADD', KEYS[1], whole(now + ARGV[3]), node)

for i = 8, #ARGV, 3 do
  local kind, id, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local key, mine = prefix .. kind .. ':' .. node, true
  if kind == 'reservations' then
    key = KEYS[2]
    local has = redis.call('HGET', key, id)
    mine = not has or owner(has) == node
  end
  if mine then
    if value == '' then redis.call('HDEL', key, id) else redis.call('HSET', key, id, value) end
    note(kind, node, id, value)
  end
end

for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(now))) do
  redis.call('ZREM', KEYS[1], dead)
  redis.call('DEL', prefix .. 'calls:' .. dead, prefix .. 'agents:' .. dead)
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    if owner(all[i + 1]) == dead then redis.call('HDEL', KEYS[2], all[i]) end
  end
  note('nodes', dead, '', '')
end

if changed then redis.call('PUBLISH', ARGV[4], ARGV[5]) end

local head = tonumber(redis.call('GET', KEYS[4]))
local changes, all = {}, {}
if seen < head then
  if seen > 0 then changes = redis.call('XRANGE', KEYS[5], '(' .. whole(seen) .. '-1', '+', 'COUNT', 5000) end
  if #changes ~= head - seen then changes, all = {}, {redis.call('HGETALL', KEYS[2])} end
elseif seen > head then
  all = {redis.call('HGETALL', KEYS[2])}
end
local counts = {redis.call('HLEN', KEYS[2])}
for _, live in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local calls, agents = prefix .. 'calls:' .. live, prefix .. 'agents:' .. live
  counts[#counts + 1] = {live, redis.call('HLEN', calls), redis.call('HLEN', agents)}
  if #all > 0 then all[#all + 1] = {live, redis.call('HGETALL', calls), redis.call('HGETALL', agents)} end
end
return {now, tonumber(redis.call('GET', KEYS[3])), head, changes, counts, all}

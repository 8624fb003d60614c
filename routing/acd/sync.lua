-- Posts one node's changes, renews its lease, removes lapsed nodes and returns
-- everything.
-- KEYS: nodes, reservations, epoch
-- ARGV: key prefix, node, lease (ms), channel, sender, settle (ms; 0: a first
--       visit), then kind, id, value for each change; value '' deletes
-- Returns {now (ms), settled at (ms), {node, {call, value …}, {agent, value …}} …, {agent, value …}}
local prefix, node = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local changed = false

local function owner(value) return cjson.decode(value).node end

-- Numbers beyond 10^14 would be written as floats; milliseconds are below.
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('SET', KEYS[3], string.format('%.0f', now + ARGV[6]))
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), node)

for i = 7, #ARGV, 3 do
  local kind, id, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  changed = true
  if kind == 'reservations' then
    local has = redis.call('HGET', KEYS[2], id)
    if not has or owner(has) == node then
      if value == '' then redis.call('HDEL', KEYS[2], id) else redis.call('HSET', KEYS[2], id, value) end
    end
  elseif value == '' then
    redis.call('HDEL', prefix .. kind .. ':' .. node, id)
  else
    redis.call('HSET', prefix .. kind .. ':' .. node, id, value)
  end
end

for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))) do
  redis.call('ZREM', KEYS[1], dead)
  redis.call('DEL', prefix .. 'calls:' .. dead, prefix .. 'agents:' .. dead)
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    if owner(all[i + 1]) == dead then redis.call('HDEL', KEYS[2], all[i]) end
  end
  changed = true
end

if changed then redis.call('PUBLISH', ARGV[4], ARGV[5]) end

local result = {now, tonumber(redis.call('GET', KEYS[3]))}
for _, live in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  result[#result + 1] = {live, redis.call('HGETALL', prefix .. 'calls:' .. live), redis.call('HGETALL', prefix .. 'agents:' .. live)}
end
result[#result + 1] = redis.call('HGETALL', KEYS[2])
return result

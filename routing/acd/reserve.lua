-- Books agents for calls of one node: each if both are still what was matched and
-- nobody was quicker. Asked twice with the same value it says yes twice, so that a
-- client may repeat it when an answer was lost.
-- KEYS: nodes, reservations, epoch, head, log, calls of the calls' node
-- ARGV: key prefix, channel, sender, calls' node,
--       then agent's node, call, its value, agent, its value, reservation for each
-- Returns 1 when booked, else 0, for each.
local prefix, node = ARGV[1], ARGV[4]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local settled = redis.call('GET', KEYS[3])
local changed = false

local function note(kind, id, value)
  changed = true
  local head = redis.call('INCR', KEYS[4])
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', 20000, string.format('%.0f', head) .. '-1', 'k', kind, 'n', node, 'i', id, 'v', value)
end

local function book(agentNode, call, callValue, agent, agentValue, reservation)
  if redis.call('HGET', KEYS[2], agent) == reservation then return 1 end
  local lease = redis.call('ZSCORE', KEYS[1], agentNode)
  if not lease or tonumber(lease) <= now or not settled or tonumber(settled) > now then return 0 end
  if redis.call('HGET', KEYS[6], call) ~= callValue or redis.call('HGET', prefix .. 'agents:' .. agentNode, agent) ~= agentValue then return 0 end
  if redis.call('HEXISTS', KEYS[2], agent) == 1 then return 0 end
  redis.call('HDEL', KEYS[6], call)
  redis.call('HSET', KEYS[2], agent, reservation)
  note('calls', call, '')
  note('reservations', agent, reservation)
  return 1
end

local answers = {}
for i = 5, #ARGV, 6 do
  answers[#answers + 1] = book(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5])
end
if changed then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return answers

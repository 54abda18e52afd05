/**
 * Stores the messages of one client event and tells every instance, in one step of Redis: two commands could be
 * interleaved with another instance's, and readers would see two orders.
 *
 * A message whose nonce is known is not stored again; its old id is answered. What is published names the id before it,
 * so that a receiver notices when it missed something.
 *
 * KEYS: stream, counter, then one nonce key per message.
 * ARGV: channel, most messages kept, seconds a nonce is kept, user name as JSON text, then one payload per message.
 * Answers per message `<id> <seq> <1 when stored now, else 0>`.
 */
export const POST_SCRIPT = `
local out, fresh = {}, {}
for i = 1, #KEYS - 2 do
  local old = redis.call('GET', KEYS[2 + i])
  if old then out[i] = old .. ' 0' else fresh[#fresh + 1] = i end
end
if #fresh == 0 then return out end
local prev = '0-0'
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then prev = info[i + 1] end
  end
end
local seq = redis.call('INCRBY', KEYS[2], #fresh) - #fresh
local ids, bodies = {}, {}
for j, i in ipairs(fresh) do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*',
    'payload', ARGV[4 + i], 'seq', seq + j, 'left', #fresh - j)
  redis.call('SET', KEYS[2 + i], id .. ' ' .. (seq + j), 'EX', ARGV[3])
  ids[j], bodies[j] = id, ARGV[4 + i]
  out[i] = id .. ' ' .. (seq + j) .. ' 1'
end
redis.call('PUBLISH', ARGV[1], prev .. ' ' .. (seq + 1) .. ' ' .. table.concat(ids, ',') ..
  ' {"username":' .. ARGV[4] .. ',"messages":[' .. table.concat(bodies, ',') .. ']}')
return out`;

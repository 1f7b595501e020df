#!lua
-- Writes a chunk, all or nothing, if the lane still has the expected token. Redis keeps what a failing script has written,
-- so everything that could fail is looked at before the first write.
--
-- KEYS    1 lane, 2 timers, 3 outbox, 4 labels, 5 prefix of the sets by label, 6 customers, 7 services,
--         8 prefix of the customers' keys
-- ARGV    1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 new token, 4 meta
--         5 outbox entries up to this sequence are removed
--         6 sequence of the first new outbox entry, 7 number of new outbox entries, 8 number of customers written
--         then for each outbox entry: 'k', topic, headers, value, key; or without key: 'n', topic, headers, value
--         then for each customer: what to do with facet, timer and label ('s' set, 'r' remove, 'k' keep: three letters),
--         the id, and one value for each 's'
-- Result  1 if written, 0 if refused

local service, expected = ARGV[1], ARGV[2]
local stored = redis.call('HMGET', KEYS[1], 'token', 'clearing')
if stored[2] or expected ~= (stored[1] and '=' .. stored[1] or '') then
  return 0
end

-- Each of these fails if something else wrote there.
redis.call('ZCARD', KEYS[2])
redis.call('XLEN', KEYS[3])
redis.call('SCARD', KEYS[4])
redis.call('ZCARD', KEYS[6])
redis.call('SCARD', KEYS[7])

local SET, KEEP = 115, 107
local at = 9

local first, entries = tonumber(ARGV[6]), {}
for i = 1, tonumber(ARGV[7]) do
  local kind = ARGV[at]
  if kind ~= 'k' and kind ~= 'n' then
    return redis.error_reply('TIDEMARK the arguments of a commit hold no outbox entry where one is due')
  end
  entries[i] = at
  at = at + (kind == 'k' and 5 or 4)
end
if #entries > 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  local about = redis.call('XINFO', 'STREAM', KEYS[3])
  for i = 1, #about, 2 do
    if about[i] == 'last-generated-id' then
      local part, last = string.match(about[i + 1], '^(%d+)-(%d+)$')
      if part ~= '0' or tonumber(last) >= first then
        return redis.error_reply('TIDEMARK the outbox has entries that this commit would follow: something else wrote there')
      end
    end
  end
end

-- By customer: a string to set, false to remove, true to keep.
local prefix = KEYS[8]
local ids, facets, timers, labels = {}, {}, {}, {}
local has, label_used, labels_change = {}, {}, false

local function operation(code)
  if code == SET then
    at = at + 1
    return ARGV[at]
  end
  return code == KEEP
end

for i = 1, tonumber(ARGV[8]) do
  local codes, id = ARGV[at], ARGV[at + 1]
  if not id or #codes ~= 3 then
    return redis.error_reply('TIDEMARK the arguments of a commit hold no customer where one is due')
  end
  local facet_code, timer_code, label_code = string.byte(codes, 1, 3)
  at = at + 1
  local facet, timer, label = operation(facet_code), operation(timer_code), operation(label_code)
  at = at + 1
  if facet == nil or timer == nil or label == nil or (timer_code == SET and not tonumber(timer)) then
    return redis.error_reply('TIDEMARK the arguments of a commit hold a customer without a value or with a wrong time')
  end
  ids[i], facets[i], timers[i], labels[i] = id, facet, timer, label
  if has[id] == nil then
    has[id] = redis.call('HEXISTS', prefix .. id, service) == 1
  end
  if label_code == SET then
    label_used[label] = true
  end
  labels_change = labels_change or label ~= true or facet == false
end
if at ~= #ARGV + 1 then
  return redis.error_reply('TIDEMARK a commit has more arguments than it says')
end
if labels_change then
  for _, label in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    label_used[label] = true
  end
  for label in pairs(label_used) do
    redis.call('ZCARD', KEYS[5] .. label)
  end
end

-- From here on nothing fails.
if ARGV[5] ~= '0' then
  redis.call('XTRIM', KEYS[3], 'MINID', '=', string.format('0-%.0f', tonumber(ARGV[5]) + 1))
end
for i, entry in ipairs(entries) do
  local id = string.format('0-%.0f', first + i - 1)
  local topic, headers, value = ARGV[entry + 1], ARGV[entry + 2], ARGV[entry + 3]
  if ARGV[entry] == 'k' then
    redis.call('XADD', KEYS[3], id, 'topic', topic, 'headers', headers, 'value', value, 'key', ARGV[entry + 4])
  else
    redis.call('XADD', KEYS[3], id, 'topic', topic, 'headers', headers, 'value', value)
  end
end

-- A service has few labels, so a customer's old one is found by trying.
local function unlist(id, but)
  for label in pairs(label_used) do
    if label ~= but then
      redis.call('ZREM', KEYS[5] .. label, id)
    end
  end
end

for i, id in ipairs(ids) do
  local facet, timer, label, had = facets[i], timers[i], labels[i], has[id]
  local key = prefix .. id
  if facet == false then
    if had then
      redis.call('HDEL', key, service)
      redis.call('ZREM', KEYS[2], id)
      unlist(id, nil)
      if redis.call('EXISTS', key) == 0 then
        redis.call('ZREM', KEYS[6], id)
      end
      has[id] = false
    end
  elseif had or facet ~= true then
    if facet ~= true then
      redis.call('HSET', key, service, facet)
    end
    if not had then
      redis.call('ZADD', KEYS[6], 0, id)
      has[id] = true
    end
    if timer == false then
      if had then
        redis.call('ZREM', KEYS[2], id)
      end
    elseif timer ~= true then
      redis.call('ZADD', KEYS[2], timer, id)
    end
    if label ~= true then
      if had then
        unlist(id, label)
      end
      if label then
        redis.call('ZADD', KEYS[5] .. label, 0, id)
      end
    end
  end
end
for label in pairs(label_used) do
  redis.call('SADD', KEYS[4], label)
end

redis.call('HSET', KEYS[1], 'token', ARGV[3], 'meta', ARGV[4])
redis.call('SADD', KEYS[7], service)
return 1

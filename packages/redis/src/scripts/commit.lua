#!lua
-- Writes a chunk, all or nothing, if the lane still has the expected token. Redis keeps what a failing script has written,
-- so everything that could fail is looked at before the first write.
--
-- KEYS    1 lane, 2 timers, 3 outbox, 4 labels, 5 prefix of the sets by label, 6 customers, 7 services,
--         8 prefix of the customers' keys
-- ARGV    1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 new token, 4 meta
--         5 outputs up to this sequence are removed
--         6 sequence of the first new output, 7 number of blocks of new outputs, 8 number of customers written
--         then for each block: its id, '0-' and the sequence of its last output; topic, headers, sizes, bytes
--         then for each customer: what to do with facet, timer and label ('s' set, 'r' remove, 'k' keep: three letters),
--         the id, and one value for each 's'
-- Result  1 if written, 0 if refused

local service, expected = ARGV[1], ARGV[2]
local stored = redis.call('HMGET', KEYS[1], 'token', 'clearing', 'trimmed')
if stored[2] or expected ~= (stored[1] and '=' .. stored[1] or '') then
  return 0
end

local SET, KEEP = 115, 107
local at = 9

local through, trimmed = tonumber(ARGV[5]), tonumber(stored[3] or 0)
local first, blocks, first_block = tonumber(ARGV[6]), tonumber(ARGV[7]), at
local BLOCK_ARGS = 5
at = at + blocks * BLOCK_ARGS
local last = first - 1
for block = first_block, at - 1, BLOCK_ARGS do
  local sequence = tonumber(string.match(ARGV[block] or '', '^0%-(%d+)$'))
  if not sequence or sequence <= last then
    return redis.error_reply('TIDEMARK the arguments of a commit hold no block of outputs where one is due')
  end
  last = sequence
end

-- By customer: a string to set, false to remove, true to keep.
local prefix = KEYS[8]
local ids, facets, timers, labels = {}, {}, {}, {}
local has, new_labels, label_used = {}, {}, {}
local are_timers_written, are_customers_written, are_labels_removed = false, false, false

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
    new_labels[label], label_used[label] = true, true
  end
  are_timers_written = are_timers_written or timer ~= true or facet == false
  are_customers_written = are_customers_written or not has[id] or facet == false
  are_labels_removed = are_labels_removed or facet == false or (has[id] and label ~= true)
end
if at ~= #ARGV + 1 then
  return redis.error_reply('TIDEMARK a commit has more arguments than it says')
end

-- Each of these fails if something else wrote there.
if are_timers_written then
  redis.call('ZCARD', KEYS[2])
end
if are_customers_written then
  redis.call('ZCARD', KEYS[6])
end
if are_labels_removed then
  for _, label in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    label_used[label], new_labels[label] = true, nil
  end
elseif next(new_labels) then
  redis.call('SCARD', KEYS[4])
end
for label in pairs(label_used) do
  redis.call('ZCARD', KEYS[5] .. label)
end
if not stored[1] then
  redis.call('SCARD', KEYS[7])
end

-- The first write is the last that may fail, and then has written nothing: what does not belong in the outbox shows here.
for block = first_block, first_block + (blocks - 1) * BLOCK_ARGS, BLOCK_ARGS do
  local id, topic, headers, sizes, bytes = unpack(ARGV, block, block + BLOCK_ARGS - 1)
  local added = redis.pcall('XADD', KEYS[3], id, 'topic', topic, 'headers', headers, 'sizes', sizes, 'bytes', bytes)
  if type(added) == 'table' and added.err then
    return redis.error_reply('TIDEMARK the outbox takes no entry after its last: ' .. added.err)
  end
end
local trims = through > trimmed
if trims then
  redis.call('XTRIM', KEYS[3], 'MINID', '=', string.format('0-%.0f', through + 1))
end

-- A service has few labels, so a customer's old one is found by trying.
local function unlist(id, but)
  for label in pairs(label_used) do
    if label ~= but then
      redis.call('ZREM', KEYS[5] .. label, id)
    end
  end
end

-- A call costs as much as what it does to a set, so timers are set many at once; one is removed after those before it are set.
local TIMERS_AT_ONCE = 100
local new_timers, new_count = {}, 0
local function add_timers()
  if new_count > 0 then
    redis.call('ZADD', KEYS[2], unpack(new_timers, 1, 2 * new_count))
    new_count = 0
  end
end
local function remove_timer(id)
  add_timers()
  redis.call('ZREM', KEYS[2], id)
end

for i, id in ipairs(ids) do
  local facet, timer, label, had = facets[i], timers[i], labels[i], has[id]
  local key = prefix .. id
  if facet == false then
    if had then
      redis.call('HDEL', key, service)
      remove_timer(id)
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
        remove_timer(id)
      end
    elseif timer ~= true then
      new_timers[2 * new_count + 1], new_timers[2 * new_count + 2] = timer, id
      new_count = new_count + 1
      if new_count == TIMERS_AT_ONCE then
        add_timers()
      end
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
add_timers()
for label in pairs(new_labels) do
  redis.call('SADD', KEYS[4], label)
end

redis.call('HSET', KEYS[1], 'token', ARGV[3], 'meta', ARGV[4], 'trimmed', trims and ARGV[5] or stored[3] or '0')
if not stored[1] then
  redis.call('SADD', KEYS[7], service)
end
return 1

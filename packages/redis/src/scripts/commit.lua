#!lua
-- Writes a chunk, all or nothing, if the lane still has the expected token. Redis keeps what a failing script has written,
-- so everything that could fail is looked at before the first write.
--
-- KEYS    as in lane.lua
-- ARGV    1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 new token, 4 meta
--         5 outputs up to this sequence are removed
--         6 sequence of the first new output, 7 number of blocks of new outputs, 8 number of customers written
--         9 the lane's epoch if it begins with this commit
--         then for each block: its id, '0-' and the sequence of its last output; topic, headers, sizes, bytes
--         then for each customer: what to do with facet, timer and label ('s' set, 'r' remove, 'k' keep: three letters),
--         the id, and one value for each 's'
-- Result  1 if written, 0 if refused

local expected = ARGV[2]
if clearing or expected ~= (token and '=' .. token or '') then
  return 0
end
local lost = entries_lost()
if lost then
  return lost
end
if not stored[1] then
  epoch = ARGV[9]
  customer_prefix, customers_key = KEYS[2] .. epoch .. ':', KEYS[3] .. epoch
  timers_key, outbox_key = KEYS[4] .. epoch .. ':' .. service, KEYS[5] .. epoch .. ':' .. service
  label_prefix = KEYS[6] .. epoch .. ':' .. service .. ':'
end

local SET, KEEP = 115, 107
local at = 10

local through, trimmed = tonumber(ARGV[5]), tonumber(stored[6] or 0)
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
local ids, facets, timers, labels = {}, {}, {}, {}
local has, is_listed, label_used = {}, {}, {}
local are_labels_removed = false

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
    has[id] = redis.call('HEXISTS', customer_prefix .. id, service) == 1
    -- Others may have them; nobody does whose hash is gone.
    is_listed[id] = has[id] or redis.call('ZSCORE', customers_key, id) ~= false
    if is_listed[id] and not has[id] and redis.call('EXISTS', customer_prefix .. id) == 0 then
      return customer_lost()
    end
  end
  if label_code == SET then
    label_used[label] = true
  end
  are_labels_removed = are_labels_removed or facet == false or (has[id] and label ~= true)
end
if at ~= #ARGV + 1 then
  return redis.error_reply('TIDEMARK a commit has more arguments than it says')
end

local by_label = cjson.decode(stored[9] or '{}')
if are_labels_removed then
  for label in pairs(by_label) do
    label_used[label] = true
  end
end
for label in pairs(label_used) do
  lost = count_lost('customers of a label', 'ZCARD', label_prefix .. label, by_label[label])
  if lost then
    return lost
  end
end

-- The first write is the last that may fail, and then has written nothing: what does not belong in the outbox shows here.
for block = first_block, first_block + (blocks - 1) * BLOCK_ARGS, BLOCK_ARGS do
  local id, topic, headers, sizes, bytes = unpack(ARGV, block, block + BLOCK_ARGS - 1)
  local added = redis.pcall('XADD', outbox_key, id, 'topic', topic, 'headers', headers, 'sizes', sizes, 'bytes', bytes)
  if type(added) == 'table' and added.err then
    return redis.error_reply('TIDEMARK the outbox takes no entry after its last: ' .. added.err)
  end
end
local trims = through > trimmed
if trims then
  redis.call('XTRIM', outbox_key, 'MINID', '=', string.format('0-%.0f', through + 1))
end

-- A service has few labels, so a customer's old one is found by trying.
local function unlist(id, but)
  for label in pairs(label_used) do
    if label ~= but then
      redis.call('ZREM', label_prefix .. label, id)
    end
  end
end

-- A call costs as much as what it does to a set, so timers are set many at once; one is removed after those before it are set.
local TIMERS_AT_ONCE = 100
local new_timers, new_count = {}, 0
local function add_timers()
  if new_count > 0 then
    redis.call('ZADD', timers_key, unpack(new_timers, 1, 2 * new_count))
    new_count = 0
  end
end
local function remove_timer(id)
  add_timers()
  redis.call('ZREM', timers_key, id)
end

for i, id in ipairs(ids) do
  local facet, timer, label, had = facets[i], timers[i], labels[i], has[id]
  local key = customer_prefix .. id
  if facet == false then
    if had then
      redis.call('HDEL', key, service)
      remove_timer(id)
      unlist(id, nil)
      if redis.call('EXISTS', key) == 0 then
        redis.call('ZREM', customers_key, id)
        is_listed[id] = false
      end
      has[id] = false
    end
  elseif had or facet ~= true then
    if facet ~= true then
      redis.call('HSET', key, service, facet)
    end
    has[id] = true
    if not is_listed[id] then
      redis.call('ZADD', customers_key, 0, id)
      is_listed[id] = true
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
        redis.call('ZADD', label_prefix .. label, 0, id)
      end
    end
  end
end
add_timers()
for label in pairs(label_used) do
  local count = redis.call('ZCARD', label_prefix .. label)
  by_label[label] = count > 0 and count or nil
end

redis.call('HSET', KEYS[1], 'epoch', epoch, 'customers', redis.call('ZCARD', customers_key),
  service .. ':token', ARGV[3], service .. ':meta', ARGV[4],
  service .. ':trimmed', trims and ARGV[5] or stored[6] or '0',
  service .. ':timers', redis.call('ZCARD', timers_key), service .. ':outbox', redis.call('XLEN', outbox_key),
  service .. ':labels', cjson.encode(by_label))
return 1

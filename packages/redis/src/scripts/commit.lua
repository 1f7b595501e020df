#!lua
-- Writes chunks of some services, all or nothing, if each still has the expected token. Redis keeps what a failing script
-- has written, so everything that could fail, in any part, is looked at before the first write.
--
-- KEYS    as in lane.lua
-- ARGV    1 number of parts
--         2 the lane's epoch if it begins with this commit
--         then for each part:
--         1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 new token, 4 meta
--         5 outputs up to this sequence are removed
--         6 sequence of the first new output, 7 number of blocks of new outputs, 8 number of customers written
--         then for each part:
--         for each block: its id, '0-' and the sequence of its last output; topic, headers, sizes, bytes
--         for each customer: what to do with facet, timer and label ('s' set, 'r' remove, 'k' keep: three letters), the id,
--         and one value for each 's'
-- Result  1 if written, 0 if refused

local PART_ARGS, BLOCK_ARGS = 8, 5
local SET, KEEP = 115, 107

local parts = {}
for i = 1, tonumber(ARGV[1]) do
  local at = 2 + (i - 1) * PART_ARGS
  local part = open_part(ARGV[at + 1], ARGV[2])
  if is_elsewhere(part, ARGV[at + 2]) then
    return 0
  end
  parts[i] = part
end
for _, part in ipairs(parts) do
  local lost = entries_lost(part)
  if lost then
    return lost
  end
end

-- Whether a customer is listed, where it is known: other services may have them; nobody does whose hash is gone.
local is_listed = {}

-- A part's arguments from `at` on, looked at: what is to be written and where they end; and an error where it cannot be.
local function check(part, header, at)
  local service, blocks_at, last = part.service, at, ARGV[header + 6] - 1
  local blocks_end = at + ARGV[header + 7] * BLOCK_ARGS
  for block = at, blocks_end - 1, BLOCK_ARGS do
    local sequence = tonumber(string.match(ARGV[block] or '', '^0%-(%d+)$'))
    if not sequence or sequence <= last then
      return nil, redis.error_reply('TIDEMARK the arguments of a commit hold no block of outputs where one is due')
    end
    last = sequence
  end
  at = blocks_end

  -- By customer: a string to set, false to remove, true to keep.
  local ids, facets, timers, labels = {}, {}, {}, {}
  local has, label_used = {}, {}
  local are_labels_removed = false

  for i = 1, tonumber(ARGV[header + 8]) do
    local codes, id = ARGV[at], ARGV[at + 1]
    if not id or #codes ~= 3 then
      return nil, redis.error_reply('TIDEMARK the arguments of a commit hold no customer where one is due')
    end
    local facet_code, timer_code, label_code = string.byte(codes, 1, 3)
    local facet, timer, label = facet_code == KEEP, timer_code == KEEP, label_code == KEEP
    at = at + 2
    if facet_code == SET then
      facet, at = ARGV[at], at + 1
    end
    if timer_code == SET then
      timer, at = ARGV[at], at + 1
    end
    if label_code == SET then
      label, at = ARGV[at], at + 1
    end
    if facet == nil or timer == nil or label == nil or (timer_code == SET and not tonumber(timer)) then
      return nil, redis.error_reply('TIDEMARK a commit holds a customer without a value or with a wrong time')
    end
    ids[i], facets[i], timers[i], labels[i] = id, facet, timer, label
    if has[id] == nil then
      has[id] = call('HEXISTS', customer_prefix .. id, service) == 1
      if is_listed[id] == nil then
        is_listed[id] = has[id] or call('ZSCORE', customers_key, id) ~= false
        if is_listed[id] and not has[id] and call('EXISTS', customer_prefix .. id) == 0 then
          return nil, customer_lost()
        end
      end
    end
    if label_code == SET then
      label_used[label] = true
    end
    are_labels_removed = are_labels_removed or facet == false or (has[id] and label ~= true)
  end

  local by_label = nil
  if are_labels_removed or next(label_used) then
    by_label = cjson.decode(part.labels or '{}')
  end
  if are_labels_removed then
    for label in pairs(by_label) do
      label_used[label] = true
    end
  end
  for label in pairs(label_used) do
    local label_lost = count_lost('customers of a label', 'ZCARD', part.label_prefix .. label, by_label[label])
    if label_lost then
      return nil, label_lost
    end
  end
  return {
    header = header, blocks_at = blocks_at, blocks_end = blocks_end, args_end = at,
    ids = ids, facets = facets, timers = timers, labels = labels,
    has = has, label_used = label_used, by_label = by_label,
  }
end

-- A call costs as much as what it does to a set, so timers are set many at once; one is removed after those before it are set.
local TIMERS_AT_ONCE = 100

-- How many entries sets have follows from what they had, as was looked at above.
local listed = tonumber(customers_listed or 0)

-- Gives how many timers the service then has, and how many customers by label, as JSON.
local function write_customers(part, chunk)
  local service, timers_key, label_prefix = part.service, part.timers_key, part.label_prefix
  local facets, timers, labels = chunk.facets, chunk.timers, chunk.labels
  local has, label_used, by_label = chunk.has, chunk.label_used, chunk.by_label
  local timer_count = tonumber(part.timers or 0)

  -- A service has few labels, so a customer's old one is found by trying.
  local function unlist(id, but)
    for label in pairs(label_used) do
      if label ~= but then
        call('ZREM', label_prefix .. label, id)
      end
    end
  end

  local new_timers, new_count = {}, 0
  local function add_timers()
    if new_count > 0 then
      timer_count = timer_count + call('ZADD', timers_key, unpack(new_timers, 1, 2 * new_count))
      new_count = 0
    end
  end
  local function remove_timer(id)
    add_timers()
    timer_count = timer_count - call('ZREM', timers_key, id)
  end

  for i, id in ipairs(chunk.ids) do
    local facet, timer, label, had = facets[i], timers[i], labels[i], has[id]
    local key = customer_prefix .. id
    if facet == false then
      if had then
        call('HDEL', key, service)
        remove_timer(id)
        unlist(id, nil)
        if call('EXISTS', key) == 0 then
          listed = listed - call('ZREM', customers_key, id)
          is_listed[id] = false
        end
        has[id] = false
      end
    elseif had or facet ~= true then
      if facet ~= true then
        call('HSET', key, service, facet)
      end
      has[id] = true
      if not is_listed[id] then
        listed = listed + call('ZADD', customers_key, 0, id)
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
          call('ZADD', label_prefix .. label, 0, id)
        end
      end
    end
  end
  add_timers()
  for label in pairs(label_used) do
    local count = call('ZCARD', label_prefix .. label)
    by_label[label] = count > 0 and count or nil
  end
  return timer_count, by_label and cjson.encode(by_label) or part.labels or '{}'
end

local chunks, at = {}, 3 + #parts * PART_ARGS
for i, part in ipairs(parts) do
  local chunk, invalid = check(part, 2 + (i - 1) * PART_ARGS, at)
  if invalid then
    return invalid
  end
  chunks[i], at = chunk, chunk.args_end
end
if at ~= #ARGV + 1 then
  return redis.error_reply('TIDEMARK a commit has more arguments than it says')
end

-- The first writes are the last that may fail: what does not belong in an outbox shows here. Then what was added to those
-- of the parts before, of this one nothing, is taken out, so that the same can be added later.
local function take_out(key, chunk, first)
  for block = chunk.blocks_at, chunk.blocks_end - 1, BLOCK_ARGS do
    call('XDEL', key, ARGV[block])
  end
  if call('XLEN', key) == 0 then
    call('UNLINK', key)
  elseif chunk.blocks_end > chunk.blocks_at then
    call('XSETID', key, string.format('0-%.0f', first - 1))
  end
end
for i, part in ipairs(parts) do
  local key, chunk = part.outbox_key, chunks[i]
  for block = chunk.blocks_at, chunk.blocks_end - 1, BLOCK_ARGS do
    local id, topic, headers, sizes, bytes = unpack(ARGV, block, block + BLOCK_ARGS - 1)
    local added = redis.pcall('XADD', key, id, 'topic', topic, 'headers', headers, 'sizes', sizes, 'bytes', bytes)
    if type(added) == 'table' and added.err then
      for before = 1, i - 1 do
        take_out(parts[before].outbox_key, chunks[before], ARGV[chunks[before].header + 6])
      end
      return redis.error_reply('TIDEMARK the outbox takes no entry after its last: ' .. added.err)
    end
  end
end

for i, part in ipairs(parts) do
  local chunk, service = chunks[i], part.service
  local header, trimmed, blocks = chunk.header, part.trimmed or '0', part.outbox or 0
  local timers, labels = write_customers(part, chunk)
  blocks = blocks + ARGV[header + 7]
  if tonumber(ARGV[header + 5]) > tonumber(trimmed) then
    trimmed = ARGV[header + 5]
    blocks = blocks - call('XTRIM', part.outbox_key, 'MINID', '=', string.format('0-%.0f', trimmed + 1))
  end
  call('HSET', KEYS[1], 'epoch', epoch, 'customers', listed,
    service .. ':token', ARGV[header + 3], service .. ':meta', ARGV[header + 4], service .. ':trimmed', trimmed,
    service .. ':timers', timers, service .. ':outbox', blocks, service .. ':labels', labels)
end
return 1

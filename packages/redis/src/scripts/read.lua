#!lua flags=no-writes
-- What the next chunks of some services need, if each still has the expected token: customers asked for, due timers, a scan.
--
-- KEYS    as in lane.lua
-- ARGV    1 number of parts, 2 how many customers of the lane the scan of a part may look at
--         then for each part:
--         1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 timers due until, ms, 4 at most so many ('0': none wanted)
--         5 scan from: '-', or '(' and the customer id to start after, 6 at most so many ('0': none wanted)
--         7 number of customers asked for
--         then for each part the ids of the customers asked for
-- Result  nil if refused; otherwise for each part:
--         1 facet and due time of each customer asked for, in order, nil where there is none
--         2 id, due time, facet of each due timer, in order
--         3 id, facet, due time of each customer scanned, in order
--         4 the id to go on scanning after; nil if the scan has ended or found all it may
--         5 when the earliest timer is due; nil if there is none, or none were wanted

local PART_ARGS = 7
local parts = {}
for i = 1, tonumber(ARGV[1]) do
  local at = 2 + (i - 1) * PART_ARGS
  local part = open_part(ARGV[at + 1])
  if is_elsewhere(part, ARGV[at + 2]) then
    return false
  end
  parts[i] = part
end
for _, part in ipairs(parts) do
  local lost = entries_lost(part)
  if lost then
    return lost
  end
end

local function read_asked(service, timers_key, from, count)
  local asked = {}
  for i = from, from + count - 1 do
    local id = ARGV[i]
    local key = customer_prefix .. id
    local facet = call('HGET', key, service)
    if not facet and call('EXISTS', key) == 0 and call('ZSCORE', customers_key, id) then
      return nil, customer_lost()
    end
    asked[#asked + 1] = facet
    asked[#asked + 1] = facet and call('ZSCORE', timers_key, id)
  end
  return asked
end

local function read_due(service, timers_key, till, limit)
  local due = {}
  local timers = call('ZRANGE', timers_key, '-inf', till, 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES')
  for i = 1, #timers, 2 do
    local facet = call('HGET', customer_prefix .. timers[i], service)
    if not facet then
      return nil, nil, customer_lost()
    end
    due[#due + 1] = timers[i]
    due[#due + 1] = timers[i + 1]
    due[#due + 1] = facet
  end
  return due, timers[2] or call('ZRANGE', timers_key, 0, 0, 'WITHSCORES')[2] or false
end

-- Customers of the lane that have no facet of the service are passed over.
local function scan(service, timers_key, from, wanted)
  local scanned, found, left = {}, 0, tonumber(ARGV[2])
  while found < wanted do
    local page = call('ZRANGE', customers_key, from, '+', 'BYLEX', 'LIMIT', 0, math.min(wanted - found, left))
    for _, id in ipairs(page) do
      local key = customer_prefix .. id
      local facet = call('HGET', key, service)
      if facet then
        found = found + 1
        scanned[#scanned + 1] = id
        scanned[#scanned + 1] = facet
        scanned[#scanned + 1] = call('ZSCORE', timers_key, id)
      elseif call('EXISTS', key) == 0 then
        return nil, nil, customer_lost()
      end
    end
    if #page == 0 then
      break
    end
    left = left - #page
    from = '(' .. page[#page]
    if left <= 0 then
      return scanned, found < wanted and page[#page]
    end
  end
  return scanned, false
end

local answers, ids_at = {}, 3 + #parts * PART_ARGS
for i, part in ipairs(parts) do
  local at, due, first = 2 + (i - 1) * PART_ARGS, {}, false
  local service, timers_key, count = part.service, part.timers_key, tonumber(ARGV[at + 7])
  local asked, asked_lost = read_asked(service, timers_key, ids_at, count)
  if asked_lost then
    return asked_lost
  end
  ids_at = ids_at + count
  if ARGV[at + 4] ~= '0' then
    local due_lost
    due, first, due_lost = read_due(service, timers_key, ARGV[at + 3], ARGV[at + 4])
    if due_lost then
      return due_lost
    end
  end
  local scanned, cursor, scan_lost = scan(service, timers_key, ARGV[at + 5], tonumber(ARGV[at + 6]))
  if scan_lost then
    return scan_lost
  end
  answers[i] = { asked, due, scanned, cursor, first }
end
return answers

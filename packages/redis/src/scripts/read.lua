#!lua flags=no-writes
-- What the next chunk needs, if the lane still has the expected token: customers asked for, due timers, a scan.
--
-- KEYS    as in lane.lua
-- ARGV    1 service
--         2 expected token, '=' before it; '' if there must be no state
--         3 timers due until, ms, 4 at most so many ('0': none wanted)
--         5 scan from: '-', or '(' and the customer id to start after, 6 at most so many ('0': none wanted)
--         7 how many customers of the lane the scan may look at
--         then the ids of the customers asked for
-- Result  nil if refused; otherwise
--         1 facet and due time of each customer asked for, in order, nil where there is none
--         2 id, due time, facet of each due timer, in order
--         3 id, facet, due time of each customer scanned, in order
--         4 the id to go on scanning after; nil if the scan has ended or found all it may
--         5 when the earliest timer is due; nil if there is none, or none were wanted

local expected = ARGV[2]
if clearing or expected ~= (token and '=' .. token or '') then
  return false
end
local lost = entries_lost()
if lost then
  return lost
end

local function facet_of(id)
  return redis.call('HGET', customer_prefix .. id, service)
end
local function timer_of(id)
  return redis.call('ZSCORE', timers_key, id)
end

local asked = {}
for i = 8, #ARGV do
  local id = ARGV[i]
  local facet = facet_of(id)
  if not facet and redis.call('EXISTS', customer_prefix .. id) == 0 and redis.call('ZSCORE', customers_key, id) then
    return customer_lost()
  end
  asked[#asked + 1] = facet
  asked[#asked + 1] = facet and timer_of(id)
end

local due, first = {}, false
if ARGV[4] ~= '0' then
  local timers = redis.call('ZRANGE', timers_key, '-inf', ARGV[3], 'BYSCORE', 'LIMIT', 0, ARGV[4], 'WITHSCORES')
  for i = 1, #timers, 2 do
    local facet = facet_of(timers[i])
    if not facet then
      return customer_lost()
    end
    due[#due + 1] = timers[i]
    due[#due + 1] = timers[i + 1]
    due[#due + 1] = facet
  end
  first = timers[2] or redis.call('ZRANGE', timers_key, 0, 0, 'WITHSCORES')[2] or false
end

-- Customers of the lane that have no facet of this service are passed over.
local scanned, found, wanted, cursor = {}, 0, tonumber(ARGV[6]), false
local from, left = ARGV[5], tonumber(ARGV[7])
while found < wanted do
  local page = redis.call('ZRANGE', customers_key, from, '+', 'BYLEX', 'LIMIT', 0, math.min(wanted - found, left))
  for _, id in ipairs(page) do
    local facet = facet_of(id)
    if facet then
      found = found + 1
      scanned[#scanned + 1] = id
      scanned[#scanned + 1] = facet
      scanned[#scanned + 1] = timer_of(id)
    elseif redis.call('EXISTS', customer_prefix .. id) == 0 then
      return customer_lost()
    end
  end
  if #page == 0 then
    break
  end
  left = left - #page
  from = '(' .. page[#page]
  if left <= 0 then
    if found < wanted then
      cursor = page[#page]
    end
    break
  end
end

return { asked, due, scanned, cursor, first }

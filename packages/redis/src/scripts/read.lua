#!lua flags=no-writes
-- What the next chunk needs, if the lane still has the expected token: customers asked for, due timers, a scan.
--
-- KEYS    1 lane, 2 timers, 3 customers, 4 prefix of the customers' keys
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

local service, expected = ARGV[1], ARGV[2]
local stored = redis.call('HMGET', KEYS[1], 'token', 'clearing')
if stored[2] or expected ~= (stored[1] and '=' .. stored[1] or '') then
  return false
end

local prefix = KEYS[4]
local function facet_of(id)
  return redis.call('HGET', prefix .. id, service)
end
local function timer_of(id)
  return redis.call('ZSCORE', KEYS[2], id)
end

local asked = {}
for i = 8, #ARGV do
  local facet = facet_of(ARGV[i])
  asked[#asked + 1] = facet
  asked[#asked + 1] = facet and timer_of(ARGV[i])
end

local due, first = {}, false
if ARGV[4] ~= '0' then
  local timers = redis.call('ZRANGE', KEYS[2], '-inf', ARGV[3], 'BYSCORE', 'LIMIT', 0, ARGV[4], 'WITHSCORES')
  for i = 1, #timers, 2 do
    due[#due + 1] = timers[i]
    due[#due + 1] = timers[i + 1]
    due[#due + 1] = facet_of(timers[i])
  end
  first = timers[2] or redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] or false
end

-- Customers of the lane that have no facet of this service are passed over.
local scanned, found, wanted, cursor = {}, 0, tonumber(ARGV[6]), false
local from, left = ARGV[5], tonumber(ARGV[7])
while found < wanted do
  local page = redis.call('ZRANGE', KEYS[3], from, '+', 'BYLEX', 'LIMIT', 0, math.min(wanted - found, left))
  for _, id in ipairs(page) do
    local facet = facet_of(id)
    if facet then
      found = found + 1
      scanned[#scanned + 1] = id
      scanned[#scanned + 1] = facet
      scanned[#scanned + 1] = timer_of(id)
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

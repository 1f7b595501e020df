#!lua flags=allow-oom
-- Removes a service's state in a lane, the facets page by page. From the first call to the last the lane is marked: it can
-- be neither read nor committed, and whoever acquires it goes on clearing. Repeating a call changes nothing. Where the
-- facets cannot all be found, because customers are gone from the list or from the store, the lane is given up for all
-- services: each begins it anew, in another epoch.
--
-- KEYS    as in lane.lua
-- ARGV    1 service, 2 'begin' or 'continue'
--         3 '-', or '(' and the customer id to go on after, 4 how many customers of the lane to look at
-- Result  the customer id to go on after; nil when all is removed

local part = open_part(ARGV[1])
local service = part.service

local function give_up()
  call('UNLINK', KEYS[1], customers_key, part.timers_key, part.outbox_key)
  return false
end

if ARGV[2] == 'begin' then
  if not part.token and not part.clearing then
    return false
  end
  for label in pairs(cjson.decode(part.labels or '{}')) do
    call('UNLINK', part.label_prefix .. label)
  end
  call('UNLINK', part.timers_key, part.outbox_key)
  local fields = { 'token', 'meta', 'trimmed', 'timers', 'outbox', 'labels' }
  for i, field in ipairs(fields) do
    fields[i] = service .. ':' .. field
  end
  call('HDEL', KEYS[1], unpack(fields))
  call('HSET', KEYS[1], service .. ':clearing', '1')
elseif not part.clearing then
  return false
end
if call('ZCARD', customers_key) ~= tonumber(customers_listed) then
  return give_up()
end

local page = call('ZRANGE', customers_key, ARGV[3], '+', 'BYLEX', 'LIMIT', 0, ARGV[4])
for _, id in ipairs(page) do
  local key = customer_prefix .. id
  local had = call('HDEL', key, service) == 1
  if call('EXISTS', key) == 0 then
    if not had then
      return give_up()
    end
    call('ZREM', customers_key, id)
  end
end
call('HSET', KEYS[1], 'customers', call('ZCARD', customers_key))
if #page == tonumber(ARGV[4]) then
  return page[#page]
end
call('HDEL', KEYS[1], service .. ':clearing')
return false

#!lua flags=allow-oom
-- Removes a service's state in a lane, the facets page by page. From the first call to the last the lane is marked: it can
-- be neither read nor committed, and whoever acquires it goes on clearing. Repeating a call changes nothing.
--
-- KEYS    1 lane, 2 timers, 3 outbox, 4 labels, 5 prefix of the sets by label, 6 customers, 7 services,
--         8 prefix of the customers' keys
-- ARGV    1 service, 2 'begin' or 'continue'
--         3 '-', or '(' and the customer id to go on after, 4 how many customers of the lane to look at
-- Result  the customer id to go on after; nil when all is removed

local service = ARGV[1]
if ARGV[2] == 'begin' then
  if redis.call('HLEN', KEYS[1]) == 0 then
    return false
  end
  local labels = redis.call('SMEMBERS', KEYS[4])
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'clearing', '1')
  redis.call('SREM', KEYS[7], service)
  redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4])
  for _, label in ipairs(labels) do
    redis.call('UNLINK', KEYS[5] .. label)
  end
elseif not redis.call('HGET', KEYS[1], 'clearing') then
  return false
end

local page = redis.call('ZRANGE', KEYS[6], ARGV[3], '+', 'BYLEX', 'LIMIT', 0, ARGV[4])
for _, id in ipairs(page) do
  local key = KEYS[8] .. id
  if redis.call('HDEL', key, service) == 1 and redis.call('EXISTS', key) == 0 then
    redis.call('ZREM', KEYS[6], id)
  end
end
if #page == tonumber(ARGV[4]) then
  return page[#page]
end
redis.call('DEL', KEYS[1])
return false

#!lua flags=no-writes
-- A page of the lane's customers, in order of the bytes of their ids, each with all facets.
--
-- KEYS    1 lane; prefixes of 2 the customers' keys, 3 customers
-- ARGV    1 '-', or '(' and the customer id to start after, 2 at most so many
-- Result  for each customer: the id, and service, facet, and so on

local stored = redis.call('HMGET', KEYS[1], 'epoch', 'customers')
local key, prefix = KEYS[3] .. (stored[1] or ''), KEYS[2] .. (stored[1] or '') .. ':'
local listed = redis.call('ZCARD', key)
if listed ~= tonumber(stored[2] or 0) then
  return redis.error_reply(string.format('MISSING customers: %d of %d', listed, stored[2] or 0))
end
local services = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  services[#services + 1] = string.match(field, '^(.*):meta$')
end

local found, wanted, from = {}, tonumber(ARGV[2]), ARGV[1]
while #found < 2 * wanted do
  local page = redis.call('ZRANGE', key, from, '+', 'BYLEX', 'LIMIT', 0, wanted - #found / 2)
  if #page == 0 then
    break
  end
  for _, id in ipairs(page) do
    local facets = {}
    for _, service in ipairs(services) do
      local facet = redis.call('HGET', prefix .. id, service)
      if facet then
        facets[#facets + 1] = service
        facets[#facets + 1] = facet
      end
    end
    -- One whose only service is being cleared has none.
    if #facets > 0 then
      found[#found + 1] = id
      found[#found + 1] = facets
    elseif redis.call('EXISTS', prefix .. id) == 0 then
      return redis.error_reply('MISSING the facets of a customer who is listed')
    end
  end
  from = '(' .. page[#page]
end
return found

#!lua flags=no-writes
-- A page of the lane's customers, in order of the bytes of their ids, each with all facets.
--
-- KEYS    1 services, 2 customers, 3 prefix of the customers' keys
-- ARGV    1 '-', or '(' and the customer id to start after, 2 at most so many
-- Result  for each customer: the id, and service, facet, and so on

local services = redis.call('SMEMBERS', KEYS[1])
local found, wanted, from = {}, tonumber(ARGV[2]), ARGV[1]
while #found < 2 * wanted do
  local page = redis.call('ZRANGE', KEYS[2], from, '+', 'BYLEX', 'LIMIT', 0, wanted - #found / 2)
  if #page == 0 then
    break
  end
  for _, id in ipairs(page) do
    local facets = {}
    for _, service in ipairs(services) do
      local facet = redis.call('HGET', KEYS[3] .. id, service)
      if facet then
        facets[#facets + 1] = service
        facets[#facets + 1] = facet
      end
    end
    -- One whose only service is being cleared has none.
    if #facets > 0 then
      found[#found + 1] = id
      found[#found + 1] = facets
    end
  end
  from = '(' .. page[#page]
end
return found

#!lua flags=no-writes
-- The metas of a lane, and the facets of one of its customers.
--
-- KEYS    1 lane; prefixes of 2 the customers' keys, 3 customers
-- ARGV    1 customer id
-- Result  1 service, meta, and so on; 2 service, facet, and so on, of services that have a meta

local stored = redis.call('HMGET', KEYS[1], 'epoch', 'customers')
local key, list = KEYS[2] .. (stored[1] or '') .. ':' .. ARGV[1], KEYS[3] .. (stored[1] or '')
local metas, facets = {}, {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local service = string.match(fields[i], '^(.*):meta$')
  if service then
    metas[#metas + 1] = service
    metas[#metas + 1] = fields[i + 1]
    local facet = redis.call('HGET', key, service)
    if facet then
      facets[#facets + 1] = service
      facets[#facets + 1] = facet
    end
  end
end
if #facets == 0 and redis.call('EXISTS', key) == 0 then
  local listed = redis.call('ZCARD', list)
  if listed ~= tonumber(stored[2] or 0) then
    return redis.error_reply(string.format('MISSING customers: %d of %d', listed, stored[2] or 0))
  end
  if redis.call('ZSCORE', list, ARGV[1]) then
    return redis.error_reply('MISSING the facets of a customer who is listed')
  end
end
return { metas, facets }

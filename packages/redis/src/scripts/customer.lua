#!lua flags=no-writes
-- The metas of a lane, and the facets of one of its customers.
--
-- KEYS    1 services, 2 prefix of the services' lanes, 3 customer
-- ARGV    none
-- Result  1 service, meta, and so on; 2 service, facet, and so on, of services that have a meta

local metas, facets = {}, {}
for _, service in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  metas[#metas + 1] = service
  metas[#metas + 1] = redis.call('HGET', KEYS[2] .. service, 'meta')
  local facet = redis.call('HGET', KEYS[3], service)
  if facet then
    facets[#facets + 1] = service
    facets[#facets + 1] = facet
  end
end
return { metas, facets }

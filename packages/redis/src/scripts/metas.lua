#!lua flags=no-writes
-- The metas of a lane.
--
-- KEYS    1 services, 2 prefix of the services' lanes
-- ARGV    none
-- Result  service, meta, and so on

local metas = {}
for _, service in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  metas[#metas + 1] = service
  metas[#metas + 1] = redis.call('HGET', KEYS[2] .. service, 'meta')
end
return metas

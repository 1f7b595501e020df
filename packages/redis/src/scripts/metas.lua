#!lua flags=no-writes
-- The metas of a lane.
--
-- KEYS    1 lane
-- ARGV    none
-- Result  service, meta, and so on

local metas, fields = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local service = string.match(fields[i], '^(.*):meta$')
  if service then
    metas[#metas + 1] = service
    metas[#metas + 1] = fields[i + 1]
  end
end
return metas

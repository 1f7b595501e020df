#!lua flags=no-writes
-- How many customers of a service and lane have each label.
--
-- KEYS    as in lane.lua
-- ARGV    1 service
-- Result  label, count, and so on

local counts, part = {}, open_part(ARGV[1])
for label, count in pairs(cjson.decode(part.labels or '{}')) do
  counts[#counts + 1] = label
  counts[#counts + 1] = count
end
return counts

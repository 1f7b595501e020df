#!lua flags=no-writes
-- How many customers of a service and lane have each label.
--
-- KEYS    1 labels, 2 prefix of the sets by label
-- ARGV    none
-- Result  label, count, and so on; a count may be 0

local counts = {}
for _, label in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  counts[#counts + 1] = label
  counts[#counts + 1] = redis.call('ZCARD', KEYS[2] .. label)
end
return counts

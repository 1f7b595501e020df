#!lua flags=no-writes
-- A page of the customers of a service and lane that have a label, in order of the bytes of their ids.
--
-- KEYS    as in lane.lua
-- ARGV    1 service, 2 label, 3 '-', or '(' and the customer id to start after, 4 at most so many
-- Result  ids

local part = open_part(ARGV[1])
local key = part.label_prefix .. ARGV[2]
local lost = count_lost('customers of a label', 'ZCARD', key, cjson.decode(part.labels or '{}')[ARGV[2]])
return lost or call('ZRANGE', key, ARGV[3], '+', 'BYLEX', 'LIMIT', 0, ARGV[4])

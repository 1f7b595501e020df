#!lua flags=no-writes
-- How many timers of a service and lane are due.
--
-- KEYS    as in lane.lua
-- ARGV    1 service, 2 until, ms
-- Result  the number

local part = open_part(ARGV[1])
local lost = count_lost('timers', 'ZCARD', part.timers_key, part.timers)
return lost or call('ZCOUNT', part.timers_key, '-inf', ARGV[2])

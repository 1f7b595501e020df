#!lua flags=no-writes
-- How many timers of a service and lane are due.
--
-- KEYS    as in lane.lua
-- ARGV    1 service, 2 until, ms
-- Result  the number

local lost = count_lost('timers', 'ZCARD', timers_key, stored[7])
return lost or redis.call('ZCOUNT', timers_key, '-inf', ARGV[2])

#!lua flags=no-writes
-- A service's meta and outbox in a lane.
--
-- KEYS    as in lane.lua
-- ARGV    1 service
-- Result  nil without state; 1 while the service is being cleared; otherwise token, meta, the sequence up to which outputs
--         are removed (nil: none), and the outbox as of XRANGE, whose first block may begin with outputs that are removed

if clearing then
  return 1
end
if not token then
  return false
end
local lost = entries_lost()
if lost then
  return lost
end
return { token, stored[5], stored[6], redis.call('XRANGE', outbox_key, '-', '+') }

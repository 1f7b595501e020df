#!lua flags=no-writes
-- A service's meta and outbox in a lane.
--
-- KEYS    as in lane.lua
-- ARGV    1 service
-- Result  nil without state; 1 while the service is being cleared; otherwise token, meta, the sequence up to which outputs
--         are removed (nil: none), and the outbox as of XRANGE, whose first block may begin with outputs that are removed

local part = open_part(ARGV[1])
if part.clearing then
  return 1
end
if not part.token then
  return false
end
local lost = entries_lost(part)
if lost then
  return lost
end
return { part.token, part.meta, part.trimmed, call('XRANGE', part.outbox_key, '-', '+') }

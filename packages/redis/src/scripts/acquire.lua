#!lua flags=no-writes
-- A service's meta and outbox in a lane.
--
-- KEYS    1 lane, 2 outbox
-- ARGV    none
-- Result  nil without state; 1 while the service is being cleared; otherwise token, meta, the sequence up to which outputs
--         are removed (nil: none), and the outbox as of XRANGE, whose first block may begin with outputs that are removed

local stored = redis.call('HMGET', KEYS[1], 'token', 'meta', 'clearing', 'trimmed')
if stored[3] then
  return 1
end
if not stored[1] then
  return false
end
return { stored[1], stored[2], stored[4], redis.call('XRANGE', KEYS[2], '-', '+') }

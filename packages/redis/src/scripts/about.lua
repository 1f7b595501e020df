#!lua
-- What the namespace was first used with; fixes it if this is the first use.
--
-- KEYS    1 about
-- ARGV    1 layout, 2 number of lanes
-- Result  the stored layout and number of lanes

local stored = redis.call('HMGET', KEYS[1], 'layout', 'lanes')
if stored[1] and stored[2] then
  return stored
end
redis.call('HSET', KEYS[1], 'layout', ARGV[1], 'lanes', ARGV[2])
return { ARGV[1], ARGV[2] }

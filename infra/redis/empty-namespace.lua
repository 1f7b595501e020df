-- Removes what a Redis server has of a namespace, all of it, whatever is in the customers' ids. On a cluster: on each primary.
--
--   redis-cli -u URL --eval infra/redis/empty-namespace.lua , 'tidemark:*'
--
-- ARGV    1 the namespace and ':*'
-- Result  how many keys were removed

local removed, cursor = 0, '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    removed = removed + redis.call('UNLINK', key)
  end
until cursor == '0'
return removed

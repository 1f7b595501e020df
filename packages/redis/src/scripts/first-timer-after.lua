#!lua flags=no-writes
-- When the first timer of any service in a lane is due that is later than a time. A hint: what was lost is not looked for.
--
-- KEYS    1 lane; prefixes of 2 the customers' keys, 3 customers, 4 timers, 5 outbox, 6 the sets by label
-- ARGV    1 the time, ms
-- Result  ms, or nil

local first, epoch, services, fields = false, '', {}, redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if fields[i] == 'epoch' then
    epoch = fields[i + 1]
  end
  services[#services + 1] = string.match(fields[i], '^(.*):meta$')
end
for _, service in ipairs(services) do
  local key = KEYS[4] .. epoch .. ':' .. service
  local due = redis.call('ZRANGEBYSCORE', key, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if due and (not first or tonumber(due) < tonumber(first)) then
    first = due
  end
end
return first

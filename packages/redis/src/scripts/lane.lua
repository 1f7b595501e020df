-- What scripts that work on a service's state in a lane begin with. Whether all that was committed is there: without it
-- what is gone would pass for what never was.
--
-- KEYS    1 lane; prefixes of 2 the customers' keys, 3 customers, 4 timers, 5 outbox, 6 the sets by label
-- ARGV    1 service

local service = ARGV[1]
local stored = redis.call('HMGET', KEYS[1], 'epoch', 'customers', service .. ':token', service .. ':clearing',
  service .. ':meta', service .. ':trimmed', service .. ':timers', service .. ':outbox', service .. ':labels')
local epoch, token, clearing = stored[1] or '', stored[3], stored[4]
local customer_prefix = KEYS[2] .. epoch .. ':'
local customers_key, timers_key = KEYS[3] .. epoch, KEYS[4] .. epoch .. ':' .. service
local outbox_key, label_prefix = KEYS[5] .. epoch .. ':' .. service, KEYS[6] .. epoch .. ':' .. service .. ':'

-- An error where a set or a stream does not have as many entries as the lane says.
local function count_lost(what, command, key, expected)
  local found = redis.call(command, key)
  if found ~= tonumber(expected or 0) then
    return redis.error_reply(string.format('MISSING %s: %d of %d', what, found, expected or 0))
  end
end

local function entries_lost()
  return count_lost('customers', 'ZCARD', customers_key, stored[2])
    or count_lost('timers', 'ZCARD', timers_key, stored[7])
    or count_lost('blocks of outputs', 'XLEN', outbox_key, stored[8])
end

local function customer_lost()
  return redis.error_reply('MISSING the facets of a customer who is listed')
end

-- What scripts that work on services' state in a lane begin with. Whether all that was committed is there: without it
-- what is gone would pass for what never was.
--
-- KEYS    1 lane; prefixes of 2 the customers' keys, 3 customers, 4 timers, 5 outbox, 6 the sets by label

-- Looked up once: of a global it costs a tenth of a small call.
local call, KEYS, ARGV = redis.call, KEYS, ARGV
local epoch, customer_prefix, customers_key, customers_listed

-- What the lane's hash says of a service, and the keys of its own. `new_epoch`: of a lane that has none yet.
local function open_part(service, new_epoch)
  local stored = call('HMGET', KEYS[1], 'epoch', 'customers', service .. ':token', service .. ':clearing',
    service .. ':meta', service .. ':trimmed', service .. ':timers', service .. ':outbox', service .. ':labels')
  epoch, customers_listed = stored[1] or new_epoch or '', stored[2]
  customer_prefix, customers_key = KEYS[2] .. epoch .. ':', KEYS[3] .. epoch
  local own = epoch .. ':' .. service
  return {
    service = service, token = stored[3], clearing = stored[4], meta = stored[5], trimmed = stored[6], timers = stored[7],
    outbox = stored[8], labels = stored[9],
    timers_key = KEYS[4] .. own, outbox_key = KEYS[5] .. own, label_prefix = KEYS[6] .. own .. ':',
  }
end

-- Whether a service is at another token than the expected one, which has '=' before it; '': there must be no state.
local function is_elsewhere(part, expected)
  return part.clearing or expected ~= (part.token and '=' .. part.token or '')
end

-- An error where a set or a stream does not have as many entries as the lane says.
local function count_lost(what, command, key, expected)
  local found = call(command, key)
  if found ~= tonumber(expected or 0) then
    return redis.error_reply(string.format('MISSING %s: %d of %d', what, found, expected or 0))
  end
end

local function entries_lost(part)
  return count_lost('customers', 'ZCARD', customers_key, customers_listed)
    or count_lost('timers', 'ZCARD', part.timers_key, part.timers)
    or count_lost('blocks of outputs', 'XLEN', part.outbox_key, part.outbox)
end

local function customer_lost()
  return redis.error_reply('MISSING the facets of a customer who is listed')
end

namespace HubChat.Server.Usage;

/// <summary>
/// What Redis does in one step. A window is a hash: slice → amount, and with <c>r</c> before the slice what was restored. What runs now is
/// a sorted set: holder → when its lease ends. Times are microseconds since 1970: as many as a number of Lua holds exactly.
/// </summary>
internal static class UsageScripts
{
    /// <summary>
    /// KEYS: since, then a counter for each charge. ARGV: clock, holder, lease, lifetime of since, then window, limit, wanted, least and
    /// meter of each charge. Gives now, the number of the charge that was refused (0: none), and then when there is room (-1: nobody
    /// knows), or what each charge was given.
    /// </summary>
    public const string Take = Common + """

        local now = clock()
        local charges, given = {}, {}
        for i = 2, #KEYS do
          local at = 5 + (i - 2) * 5
          local charge = {
            key = KEYS[i], window = tonumber(ARGV[at]), limit = tonumber(ARGV[at + 1]), wanted = tonumber(ARGV[at + 2]),
            least = tonumber(ARGV[at + 3]), meter = ARGV[at + 4] }
          local sum, slices = count(charge.key, charge.window, now)
          if charge.limit - sum < charge.least then
            local after = -1
            if slices and charge.least <= charge.limit then
              after = untilAtMost(slices, sum, charge.limit - charge.least, charge.window, now)
            end
            return { now, i - 1, after }
          end
          local room = math.min(charge.wanted, charge.limit - sum)
          given[charge.meter] = math.min(given[charge.meter] or room, room)
          charges[#charges + 1] = charge
        end

        begin(KEYS[1], now, ARGV[4])
        local answer = { now, 0 }
        for _, charge in ipairs(charges) do
          local amount = given[charge.meter]
          if amount > 0 and charge.window == 0 then
            hold(charge.key, ARGV[2], 1, amount, now, tonumber(ARGV[3]))
          elseif amount > 0 then
            redis.call('HINCRBY', charge.key, math.floor(now / width(charge.window)), amount)
            keep(charge.key, charge.window)
          end
          answer[#answer + 1] = amount
        end
        return answer
        """;

    /// <summary>
    /// KEYS: since, then counters. ARGV: clock, holder, lease, when it was taken, the amount it is to be, then window and amount taken of
    /// each counter. What was taken before Redis lost its counters needs no correction.
    /// </summary>
    public const string Correct = Common + """

        local now, at, amount = clock(), tonumber(ARGV[4]), tonumber(ARGV[5])
        local since = tonumber(redis.call('GET', KEYS[1]) or '')
        for i = 2, #KEYS do
          local window, taken = tonumber(ARGV[2 + i * 2]), tonumber(ARGV[3 + i * 2])
          if window == 0 then
            for n = amount + 1, taken do
              redis.call('ZREM', KEYS[i], ARGV[2] .. ':' .. n)
            end
            hold(KEYS[i], ARGV[2], taken + 1, amount, now, tonumber(ARGV[3]))
          elseif since and since <= at then
            local slice = math.floor(at / width(window))
            if redis.call('HEXISTS', KEYS[i], slice) == 1 then
              redis.call('HINCRBY', KEYS[i], slice, amount - taken)
            end
          end
        end
        """;

    /// <summary>KEYS: a counter of what runs for each holder. ARGV: clock, lease, then the holders.</summary>
    public const string Renew = Common + """

        local expiry = clock() + tonumber(ARGV[2])
        for i = 1, #KEYS do
          redis.call('ZADD', KEYS[i], expiry, ARGV[2 + i])
          redis.call('PEXPIRE', KEYS[i], math.ceil(ARGV[2] / 1000))
        end
        """;

    /// <summary>KEYS: a counter. ARGV: clock, window.</summary>
    public const string Read = Common + """

        local sum = count(KEYS[1], tonumber(ARGV[2]), clock())
        return sum
        """;

    /// <summary>KEYS: since, restored. ARGV: clock, lifetime. Gives since when is counted, or -1 when what was before is counted too.</summary>
    public const string Lacking = Common + """

        begin(KEYS[1], clock(), ARGV[2])
        local since = redis.call('GET', KEYS[1])
        if redis.call('GET', KEYS[2]) == since then
          redis.call('PEXPIRE', KEYS[2], ARGV[2])
          return -1
        end
        return tonumber(since)
        """;

    /// <summary>
    /// KEYS: since, a counter. ARGV: clock, the since it belongs to, window, then slices and amounts. Set and not added: told twice, or by
    /// two nodes, it is counted once. Gives 0 when Redis has lost its counters meanwhile.
    /// </summary>
    public const string Restore = Common + """

        if redis.call('GET', KEYS[1]) ~= ARGV[2] then
          return 0
        end
        for i = 4, #ARGV, 2 do
          redis.call('HSET', KEYS[2], 'r' .. ARGV[i], ARGV[i + 1])
        end
        keep(KEYS[2], tonumber(ARGV[3]))
        return 1
        """;

    private const string Common = """
        local function clock()
          if ARGV[1] ~= '' then
            return tonumber(ARGV[1])
          end
          local time = redis.call('TIME')
          return time[1] * 1000000 + time[2]
        end

        local function width(window)
          return math.max(1, math.floor(window / 60))
        end

        local function keep(key, window)
          redis.call('PEXPIRE', key, math.ceil((window + 2 * width(window)) / 1000))
        end

        local function begin(since, now, lifetime)
          if not redis.call('SET', since, now, 'NX', 'PX', lifetime) then
            redis.call('PEXPIRE', since, lifetime)
          end
        end

        local function hold(key, holder, first, last, now, lease)
          for n = first, last do
            redis.call('ZADD', key, now + lease, holder .. ':' .. n)
          end
          if first <= last then
            redis.call('PEXPIRE', key, math.ceil(lease / 1000))
          end
        end

        local function count(key, window, now)
          if window == 0 then
            redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
            return redis.call('ZCARD', key), nil
          end
          local oldest = math.floor(now / width(window)) - 60
          local sum, slices, old = 0, {}, {}
          local all = redis.call('HGETALL', key)
          for i = 1, #all, 2 do
            local slice, amount = tonumber(string.match(all[i], '%d+')), tonumber(all[i + 1])
            if slice < oldest then
              old[#old + 1] = all[i]
            else
              sum = sum + amount
              slices[#slices + 1] = { slice, amount }
            end
          end
          if #old > 0 then
            redis.call('HDEL', key, unpack(old))
          end
          return sum, slices
        end

        local function untilAtMost(slices, sum, most, window, now)
          table.sort(slices, function(one, other) return one[1] < other[1] end)
          for _, slice in ipairs(slices) do
            sum = sum - slice[2]
            if sum <= most then
              return (slice[1] + 61) * width(window) - now
            end
          end
          return -1
        end
        """;
}

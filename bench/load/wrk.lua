-- wrk -s wrk.lua URL -- FILE once|again: sends the requests of FILE, which stand there as their
-- length in bytes, a line end, and their very text. Prints one line of JSON at the end.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  requests, sent, exhausted = {}, 0, false
  once = args[2] == 'once'
  local file = assert(io.open(args[1], 'rb'))
  for length in file:lines() do
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  sent = sent + 1
  if sent > #requests then
    sent = 1
    if once then
      exhausted = true
      wrk.thread:stop()
    end
  end
  return requests[sent]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"failures":%d,"p50":%f,"p90":%f,"p99":%f,"exhausted":%s}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3,
    tostring(threads[1]:get('exhausted'))))
end

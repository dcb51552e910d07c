-- One wrk script for every case; the case is chosen by environment variables.
--   BENCH_MODE    single | batch | segmentbatch (the same events as a batch in Segment's words) | journey
--   BENCH_PATH    path of the ingestion endpoint        (default /events)
--   BENCH_BATCH   events per request in batch modes     (default 100)
--   BENCH_USERS   number of distinct users              (default 50000)
--   BENCH_DELAY   ms each connection waits before each request (paced load; default none)
--   BENCH_KEYS    write keys separated by ',', one of them for each request (default none)
--   BENCH_HEADERS extra header lines separated by '|'   (e.g. "Authorization: Bearer x")
local mode    = os.getenv("BENCH_MODE") or "single"
local nbatch  = tonumber(os.getenv("BENCH_BATCH") or "100")
local users   = tonumber(os.getenv("BENCH_USERS") or "50000")
local path    = os.getenv("BENCH_PATH") or "/events"
local format, random, date, time = string.format, math.random, os.date, os.time
local wait    = tonumber(os.getenv("BENCH_DELAY") or "0")

local types = { "page_view", "page_view", "page_view", "button_click", "session_start", "search",
  "add_to_cart", "remove_from_cart", "purchase", "form_submit", "video_play", "video_pause" }

local function uuid4()
  return format("%08x-%04x-4%03x-%04x-%08x%04x", random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff),
    random(0x8000, 0xbfff), random(0, 0xffffffff), random(0, 0xffff))
end
-- square-law skew: the busiest 1 % of the users send 10 % of the events
local function user() local r = random(); return math.floor(users * r * r) + 1 end

local sec, secText = 0, ""
local function iso()
  local t = time()
  if t ~= sec then sec, secText = t, date("!%Y-%m-%dT%H:%M:%S", t) end
  return format("%s.%03dZ", secText, random(0, 999))
end

local function event()
  local u, p = user(), random(1, 2000)
  return format('{"eventId":"%s","userId":"user_%d","sessionId":"sess_%d_%d","type":"%s","payload":{"url":"/products/%d?ref=newsletter&pos=%d","referrer":"https://www.google.com/search?q=product+%d","screen":"1920x1080"},"occurredAt":"%s"}',
    uuid4(), u, u, random(1, 5), types[random(#types)], p, random(1, 50), p, iso())
end

local function segment()
  local u, p = user(), random(1, 2000)
  return format('{"type":"track","messageId":"%s","userId":"user_%d","context":{"sessionId":"sess_%d_%d"},"event":"%s","properties":{"url":"/products/%d?ref=newsletter&pos=%d","referrer":"https://www.google.com/search?q=product+%d","screen":"1920x1080"},"timestamp":"%s"}',
    uuid4(), u, u, random(1, 5), types[random(#types)], p, random(1, 50), p, iso())
end

local extra = ""
for line in (os.getenv("BENCH_HEADERS") or ""):gmatch("[^|]+") do extra = extra .. line .. "\r\n" end

local keys = {}
for key in (os.getenv("BENCH_KEYS") or ""):gmatch("[^,]+") do keys[#keys + 1] = "X-Write-Key: " .. key .. "\r\n" end

local function post(body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" .. extra ..
    (#keys > 0 and keys[random(#keys)] or "") ..
    "Content-Length: " .. #body .. "\r\n\r\n" .. body
end
local function get(p)
  return "GET " .. p .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n" .. extra .. "\r\n"
end

local makers = {
  single = function() return post(event()) end,
  batch = function()
    local t = {}
    for i = 1, nbatch do t[i] = event() end
    return post("[" .. table.concat(t, ",") .. "]")
  end,
  segmentbatch = function()
    local t = {}
    for i = 1, nbatch do t[i] = segment() end
    return post('{"batch":[' .. table.concat(t, ",") .. '],"sentAt":"' .. iso() .. '"}')
  end,
  journey = function() return get((os.getenv("BENCH_PREFIX") or "") .. "/users/user_" .. user() .. "/journey") end,
}

function init(_)
  local f = io.open("/dev/urandom", "rb")
  local a, b, c, d = f:read(4):byte(1, 4)
  f:close()
  math.randomseed(((a * 256 + b) * 256 + c) * 256 + d)
  request = makers[mode]
end
request = function() return makers[mode]() end
if wait > 0 then delay = function() return wait end end

function done(s, latency, _)
  local ms = function(p) return latency:percentile(p) / 1000 end
  io.write(format('\nWRKJSON {"requests":%d,"seconds":%.3f,"bytes":%d,"notOk":%d,"connectErr":%d,"readErr":%d,"writeErr":%d,"timeouts":%d,"p50":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f,"max":%.3f}\n',
    s.requests, s.duration / 1e6, s.bytes, s.errors.status, s.errors.connect, s.errors.read, s.errors.write, s.errors.timeout,
    ms(50), ms(90), ms(99), ms(99.9), latency.max / 1000))
end

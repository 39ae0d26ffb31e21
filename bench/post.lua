-- For wrk: posts the file BODY as it is, again and again, with the content type CONTENT_TYPE; at the end one line,
-- "result REQUESTS MICROSECONDS REFUSED BROKEN". With TENANTS=N each post goes to one of the tenants t1 to tN by turns.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = os.getenv("CONTENT_TYPE")
file:close()

local tenants = tonumber(os.getenv("TENANTS") or "0")
if tenants > 0 then
    local requests, number = {}, 0
    function init()
        for n = 1, tenants do requests[n] = wrk.format(nil, "/api/v1/tenants/t" .. n .. "/events") end
    end
    function request()
        number = number % tenants + 1
        return requests[number]
    end
end

function done(summary)
    local errors = summary.errors
    io.write(string.format("result %d %d %d %d\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end

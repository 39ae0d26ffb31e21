-- For wrk: posts the file BODY as it is, again and again, with the content type CONTENT_TYPE; at the end one line,
-- "result REQUESTS MICROSECONDS REFUSED BROKEN".
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = os.getenv("CONTENT_TYPE")
file:close()

function done(summary)
    local errors = summary.errors
    io.write(string.format("result %d %d %d %d\n", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end

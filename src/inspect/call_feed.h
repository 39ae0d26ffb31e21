#pragma once
// An inspector's calls as they come (server-sent events), and all at once (NDJSON).

#include "api/router.h"
#include "inspect/inspectors.h"

namespace posthorn::inspect {

/// GET .../calls/stream?after=&full=: `call` events with the call's number as id, `stream.gap` where calls are gone that
/// should follow, `inspector.ended` as the last one. Resumes behind Last-Event-ID or `after`, else begins now. A client
/// that reads slowly holds up nobody and costs no memory: calls are read from the store when it takes them.
io::Task<void> stream_calls(api::Request& request, Inspectors& inspectors);

/// GET .../calls.ndjson: one call a line, oldest first; as many as there are when it begins.
io::Task<void> download_calls(api::Request& request, Inspectors& inspectors);

}  // namespace posthorn::inspect

#include "api/event_routes.h"

#include <utility>

#include "api/ndjson.h"
#include "api/posting.h"

namespace posthorn::api {

namespace {

io::Task<Answer> post_one(Request& request, engine::Engine& engine, intake::Form form) {
    const auto body = co_await request.exchange.read_body(intake::kEventBytesMax);
    if (!body) co_return tl::unexpected(problem_of(body.error()));
    auto beside = intake::beside_of(form, request.exchange.head().headers);
    const auto query_event = request.query("event");
    if (query_event) beside.query_event = *query_event;

    auto posted = intake::read_event(*body, beside, context_of(request, engine.registry().catalogue()));
    if (!posted) co_return tl::unexpected(std::move(posted).error());
    const auto receipt = co_await engine.accept(std::move(posted->event), std::move(posted->idempotency));
    if (!receipt) co_return tl::unexpected(problem_of(receipt.error()));
    co_return json_response(202, receipt_json(*receipt));
}

io::Task<Answer> post_lines(Request& request, engine::Engine& engine) {
    if (request.exchange.header("Idempotency-Key"))
        co_return tl::unexpected(wrong("Idempotency-Key can't cover many lines; give each line an \"id\" of its own."));
    const auto beside = intake::beside_of(intake::Form::ndjson, request.exchange.head().headers);
    NdjsonIntake lines(engine, context_of(request, engine.registry().catalogue()), std::string(beside.traceparent));
    for (std::size_t total = 0;;) {
        const auto piece = co_await request.exchange.read_body_piece();
        if (!piece) {
            co_await lines.settle();
            co_return tl::unexpected(problem_of(piece.error()));
        }
        total += piece->size();
        if (total > intake::kNdjsonBytesMax) {
            // Lines that were taken stay taken; the answer says which.
            co_await lines.refuse_rest();
            break;
        }
        if (piece->empty()) {
            co_await lines.finish();
            break;
        }
        co_await lines.take(*piece);
    }
    co_return std::move(lines).answer();
}

}  // namespace

void add_event_routes(Router& router, engine::Engine& engine) {
    router.add("POST", "/api/v1/tenants/{tenant}/events", registry::Action::publish_event,
               [&engine](Request& request) -> io::Task<Answer> {
                   const auto form = intake::form_of(request.exchange.head().headers);
                   if (!form) return refuse(form.error());
                   if (*form == intake::Form::ndjson) return post_lines(request, engine);
                   return post_one(request, engine, *form);
               });
}

}  // namespace posthorn::api

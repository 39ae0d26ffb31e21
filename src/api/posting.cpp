#include "api/posting.h"

#include <utility>

namespace posthorn::api {

io::Task<Posting> accept(engine::Engine& engine, intake::Posted posted) {
    auto receipt = co_await engine.accept(std::move(posted.event), std::move(posted.idempotency));
    if (!receipt) co_return tl::unexpected(problem_of(receipt.error()));
    co_return *std::move(receipt);
}

std::string receipt_json(const engine::Receipt& receipt) {
    std::string text = "{\"id\":";
    wire::append_json_string(text, to_string(receipt.id));
    text += ",\"event\":";
    wire::append_json_string(text, receipt.event);
    text += ",\"deliveries\":" + std::to_string(receipt.deliveries);
    text += receipt.is_duplicate ? ",\"duplicate\":true}" : ",\"duplicate\":false}";
    return text;
}

intake::IntakeContext context_of(const Request& request, const catalogue::Catalogue& catalogue) {
    return {*request.tenant, request.snapshot->custom_types(request.tenant->id), catalogue};
}

io::Task<Answer> refuse(http::Problem problem) { co_return tl::unexpected(std::move(problem)); }

}  // namespace posthorn::api

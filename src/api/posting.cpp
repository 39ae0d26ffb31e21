#include "api/posting.h"

#include <utility>

namespace posthorn::api {

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

#include "http/problem_details.h"

#include "wire/json.h"

namespace posthorn::http {

std::string to_json(const Problem& problem) {
    std::string text = "{\"type\":";
    wire::append_json_string(text, "/problems/" + problem.name);
    text += ",\"title\":";
    wire::append_json_string(text, problem.title);
    text += ",\"status\":" + std::to_string(problem.status) + ",\"detail\":";
    wire::append_json_string(text, problem.detail);
    if (!problem.errors.empty()) {
        text += ",\"errors\":[";
        for (std::size_t i = 0; i < problem.errors.size(); ++i) {
            text += i == 0 ? "{\"pointer\":" : ",{\"pointer\":";
            wire::append_json_string(text, problem.errors[i].pointer);
            text += ",\"message\":";
            wire::append_json_string(text, problem.errors[i].message);
            text += '}';
        }
        text += ']';
    }
    for (const auto& [name, value] : problem.members) {
        text += ',';
        wire::append_json_string(text, name);
        text += ':' + value;
    }
    return text + "}";
}

Response to_response(const Problem& problem, unsigned retry_after_seconds) {
    Response response;
    response.status = problem.status;
    response.headers.emplace_back("Content-Type", "application/problem+json");
    if (retry_after_seconds > 0) response.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
    response.body = to_json(problem) + "\n";
    return response;
}

}  // namespace posthorn::http

#include "http/problem.h"

#include "wire/http1.h"
#include "wire/json.h"

namespace posthorn::http {

std::string problem_type(unsigned status) {
    std::string type = "/problems/";
    for (const char c : wire::reason_phrase(status)) {
        if (c == ' ') {
            type += '-';
        } else if (c >= 'A' && c <= 'Z') {
            type += static_cast<char>(c - 'A' + 'a');
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
            type += c;
        }
    }
    return type;
}

Response problem(unsigned status, std::string_view detail) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/problem+json");
    std::string& body = response.body;
    body = "{\"type\":";
    wire::append_json_string(body, problem_type(status));
    body += ",\"title\":";
    wire::append_json_string(body, wire::reason_phrase(status));
    body += ",\"status\":" + std::to_string(status) + ",\"detail\":";
    wire::append_json_string(body, detail);
    body += "}";
    return response;
}

}  // namespace posthorn::http

#include "api/request.h"

#include "wire/percent.h"

namespace posthorn::api {

std::optional<std::string> Request::query(std::string_view name) const {
    auto rest = exchange.query();
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
        const auto equals = pair.find('=');
        if (wire::percent_decode(pair.substr(0, equals), wire::Plus::space) != name) continue;
        return equals == std::string_view::npos ? "" : wire::percent_decode(pair.substr(equals + 1), wire::Plus::space);
    }
    return std::nullopt;
}

namespace {

io::Task<tl::expected<JsonBody, http::Problem>> read(Request& request, std::size_t bytes_max, std::string_view absent) {
    const auto body = co_await request.exchange.read_body(bytes_max);
    if (!body) co_return tl::unexpected(problem_of(body.error()));
    JsonBody json;
    json.text = body->empty() && !absent.empty() ? absent : *body;
    if (!body->empty()) {
        const auto type = request.exchange.header("Content-Type").value_or("application/json");
        if (type.find("json") == std::string_view::npos) {
            http::Problem problem{415, "unsupported-media-type", "Unsupported media type",
                                  "Content-Type is '" + std::string(type) + "'; send application/json."};
            co_return tl::unexpected(std::move(problem));
        }
    }
    if (const auto checked = wire::check_json(json.text); !checked) {
        http::Problem problem{400, "malformed", "The body can't be read",
                              json.text.empty() ? "The body is empty; send a JSON object."
                                                : "The body is no JSON: " + checked.error().detail};
        co_return tl::unexpected(std::move(problem));
    }
    json.view = wire::JsonView(json.text);
    if (!json.view.is_object()) co_return tl::unexpected(wrong("The body is JSON, but no object."));
    co_return json;
}

}  // namespace

io::Task<tl::expected<JsonBody, http::Problem>> read_json(Request& request, std::size_t bytes_max) {
    return read(request, bytes_max, "");
}

io::Task<tl::expected<JsonBody, http::Problem>> read_optional_json(Request& request) {
    return read(request, 1024 * 1024, "{}");
}

http::Response json_response(unsigned status, std::string json) {
    http::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = std::move(json);
    response.body += '\n';
    return response;
}

http::Response no_content() {
    http::Response response;
    response.status = 204;
    return response;
}

http::Problem not_found(std::string detail) { return {404, "not-found", "Not found", std::move(detail)}; }

http::Problem wrong(std::string detail, std::vector<http::ProblemError> errors) {
    return {422, "wrong", "The request is well-formed but wrong", std::move(detail), std::move(errors)};
}

http::Problem problem_of(const Error& error) {
    const auto detail = to_string(error);
    switch (error.code) {
        case Errc::invalid: return wrong(detail);
        case Errc::not_found: return not_found(detail);
        case Errc::conflict: return {409, "conflict", "Conflict", detail};
        case Errc::forbidden: return {403, "forbidden", "Forbidden", detail};
        case Errc::too_large: return {413, "too-large", "Too large", detail};
        case Errc::full: return {503, "overloaded", "Overloaded", detail};
        case Errc::timeout:
        case Errc::io:
        case Errc::broken:
        case Errc::cancelled: return {503, "unavailable", "Unavailable", detail};
        default: return {500, "internal", "Internal error", detail};
    }
}

}  // namespace posthorn::api

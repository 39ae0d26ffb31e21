#include "api/server_routes.h"

#include <utility>

#include "api/json_answer.h"
#include "api/openapi.h"
#include "version.h"

namespace posthorn::api {

namespace {

http::Response text_response(std::string type, std::string text) {
    http::Response response;
    response.headers.emplace_back("Content-Type", std::move(type));
    response.body = std::move(text);
    return response;
}

io::Task<Answer> ready(engine::Engine& engine, bool is_ready) {
    if (!is_ready) {
        http::Problem problem{503, "stopping", "Not ready", "The server is stopping."};
        co_return tl::unexpected(std::move(problem));
    }
    const auto& trouble = engine.store().state().trouble();
    json::object object{{"status", "ready"}};
    // Events are still taken while the journal has room, so this is a warning, no refusal.
    if (!trouble.empty()) object["warning"] = trouble;
    else if (const auto refusal = engine.store().state().refusal(); refusal != engine::Refusal::none)
        object["warning"] = "events are refused: " + std::string(words_of(refusal));
    co_return json_response(200, std::move(object));
}

io::Task<Answer> install_key(Request& request) {
    const auto& kid = request.parameters.at(0);
    const auto* key = request.snapshot->find_install_key(kid);
    if (key == nullptr) co_return tl::unexpected(not_found("There is no install key '" + kid + "'."));
    co_return text_response("text/plain; charset=utf-8", key->public_pem);
}

}  // namespace

void add_server_routes(Router& router, engine::Engine& engine, std::function<bool()> is_ready) {
    router.add("GET", "/healthz", std::nullopt, [](Request&) -> io::Task<Answer> {
        json::object object{{"status", "ok"}, {"version", POSTHORN_VERSION}};
        co_return json_response(200, std::move(object));
    });
    router.add("GET", "/readyz", std::nullopt, [&engine, is_ready](Request&) { return ready(engine, is_ready()); });
    router.add("GET", "/install-keys/{kid}", std::nullopt, install_key);
    router.add("GET", "/openapi.json", std::nullopt, [](Request&) -> io::Task<Answer> {
        co_return text_response("application/json", std::string(openapi_document()));
    });
}

}  // namespace posthorn::api

#include "api/session_routes.h"

#include <utility>

#include "api/json_answer.h"

namespace posthorn::api {

namespace {

constexpr std::size_t kBodyBytesMax = 4096;

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object who(const registry::ApiKey& key, const registry::Snapshot& snapshot, std::optional<Moment> expires_at) {
    const auto* tenant = key.tenant ? snapshot.find_tenant(key.tenant) : nullptr;
    return {{"role", registry::to_text(key.role)},
            {"tenant", tenant != nullptr ? json::value(tenant->key) : json::value(nullptr)},
            {"addon", text_or_null(key.addon)},
            {"keyId", key.id},
            {"note", key.note},
            {"dev", false},
            {"expiresAt", time_or_null(expires_at)}};
}

http::Response never_stored(http::Response response) {
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

CookieScope scope_of(const Request& request, const AccessRules& rules) {
    const bool is_https = request.exchange.is_tls() || rules.public_origin.starts_with("https://");
    return is_https ? CookieScope::https_only : CookieScope::any;
}

io::Task<Answer> sign_in(Request& request, Router& router) {
    auto& sessions = router.sessions();
    const auto now = wall_now();
    const auto peer = request.exchange.peer().address();
    if (const auto wait = sessions.wait_of(peer, now); wait > Millis(0)) {
        http::Problem problem{429, "too-many-attempts", "Too many wrong API keys",
                              "Too many wrong keys came from this address; wait a minute and try again."};
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
        co_return http::to_response(problem, static_cast<unsigned>(seconds));
    }
    const auto body = co_await read_json(request, kBodyBytesMax);
    if (!body) co_return tl::unexpected(body.error());
    const auto given = body->view.find("key");
    if (!given || !given->is_string())
        co_return tl::unexpected(wrong("The body names no API key.", {{"/key", "must be an API key, \"phk_...\""}}));
    const registry::Secret token(given->string());
    const auto* key = request.snapshot->find_api_key_by_token(token.reveal());
    if (key == nullptr) {
        sessions.note_wrong_key(peer, now);
        http::Problem problem{
            401, "unauthorized", "A valid API key is needed",
            "This API key is not known; it may have been deleted. Make one with 'posthorn key create'."};
        co_return tl::unexpected(std::move(problem));
    }
    // Whoever signs in anew leaves the session that he had.
    if (const auto before = session_token(request.exchange.head().headers); !before.empty()) sessions.end(before);
    const auto session = sessions.begin(key->id, now);
    const auto lifetime = sessions.limits().lifetime;
    auto response = json_response(200, who(*key, *request.snapshot, now + lifetime));
    response.headers.emplace_back("Set-Cookie",
                                  session_cookie(session.reveal(), lifetime, scope_of(request, router.rules())));
    co_return never_stored(std::move(response));
}

io::Task<Answer> show(Request& request) {
    const auto& caller = request.caller;
    if (caller.key != nullptr) {
        const auto expires_at = caller.session ? std::optional(caller.session->expires_at) : std::nullopt;
        co_return never_stored(json_response(200, who(*caller.key, *request.snapshot, expires_at)));
    }
    if (caller.is_local_dev) {
        json::object nobody{{"role", "admin"}, {"tenant", nullptr}, {"addon", nullptr},    {"keyId", nullptr},
                            {"note", ""},      {"dev", true},       {"expiresAt", nullptr}};
        co_return never_stored(json_response(200, std::move(nobody)));
    }
    http::Problem problem{401, "unauthorized", "A valid API key is needed",
                          "Nobody is signed in; POST /api/v1/session {\"key\":\"phk_...\"} begins a session."};
    co_return tl::unexpected(std::move(problem));
}

io::Task<Answer> sign_out(Request& request, Router& router) {
    if (const auto token = session_token(request.exchange.head().headers); !token.empty()) router.sessions().end(token);
    auto response = no_content();
    response.headers.emplace_back("Set-Cookie", session_cookie("", Millis(0), scope_of(request, router.rules())));
    co_return never_stored(std::move(response));
}

}  // namespace

void add_session_routes(Router& router) {
    router.add("POST", "/api/v1/session", std::nullopt,
               [&router](Request& request) { return sign_in(request, router); });
    router.add("GET", "/api/v1/session", std::nullopt, show);
    router.add("DELETE", "/api/v1/session", std::nullopt,
               [&router](Request& request) { return sign_out(request, router); });
}

}  // namespace posthorn::api

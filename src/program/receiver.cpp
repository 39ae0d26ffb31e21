#include "program/receiver.h"

#include <algorithm>

#include "http/client.h"
#include "http/listen_address.h"
#include "http/problem.h"
#include "inspect/heard_events.h"
#include "wire/json.h"
#include "wire/percent.h"
#include "wire/url.h"

namespace posthorn::program {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kInstallKeysMax = 64;
using inspect::kEventsPath;
using inspect::kLifecycleNames;

std::string text_at(std::string_view body, std::string_view name) {
    if (!wire::check_json(body)) return {};
    const auto value = wire::JsonView(body).find(name);
    return value && value->is_string() ? value->string() : std::string();
}

/// The body with the secret's characters gone, for showing.
std::string masked(std::string body, const std::string& secret) {
    if (secret.empty()) return body;
    for (std::size_t at = 0; (at = body.find(secret, at)) != std::string::npos; at += 3)
        body.replace(at, secret.size(), "***");
    return body;
}

}  // namespace

Receiver::Receiver(Loop& loop, const catalogue::Catalogue& catalogue, ReceiverOptions options,
                   std::function<void(const ReceivedCall&)> on_call)
    : loop_(loop),
      catalogue_(catalogue),
      options_(std::move(options)),
      on_call_(std::move(on_call)),
      http_(loop.context(), loop.wheel(), [this](http::Exchange& exchange) { return handle(exchange); }, {}) {}

Receiver::~Receiver() {
    is_stopping_ = true;
    http_.close();
    loop_.run_until([this] { return http_.connections() == 0; }, 5s);
}

Result<void> Receiver::listen() {
    POSTHORN_TRY(const auto endpoints, http_.listen(options_.listen, nullptr));
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
    if (!options_.base_url.empty()) return {};
    const bool is_localhost = options_.listen.starts_with("localhost:");
    options_.base_url = "http://" + (is_localhost ? "localhost:" + std::to_string(endpoints.front().port())
                                                  : http::to_text(endpoints.front()));
    return {};
}

std::string Receiver::descriptor() const {
    inspect::ListeningAddOn addon;
    addon.key = options_.key;
    addon.name = "Posthorn's receiver";
    addon.description = "Verifies and prints every call: posthorn receive";
    addon.base_url = options_.base_url;
    for (const auto& event : options_.events)
        addon.events.push_back(inspect::heard_event(event, catalogue_.find(event)));
    if (addon.events.empty()) addon.events = inspect::all_events(catalogue_);
    return inspect::descriptor_of(addon);
}

sign::ReceivedRequest Receiver::request_of(const ReceivedCall& call) const {
    return {call.method, call.target, options_.base_url, call.header("Authorization")};
}

io::Task<void> Receiver::handle(http::Exchange& exchange) {
    std::string path(exchange.path());
    const auto url = wire::parse_url(options_.base_url);
    if (url && !url->path.empty() && path.starts_with(url->path)) path.erase(0, url->path.size());
    const auto method = exchange.head().method;
    http::Response response;
    if (method == "GET" && (path == "/atlassian-connect.json" || path == "/")) {
        response.headers.emplace_back("Content-Type", "application/json");
        response.body = descriptor();
        (void)co_await exchange.respond(std::move(response));
        co_return;
    }
    const bool is_lifecycle = !path.empty() && std::ranges::find(kLifecycleNames, std::string_view(path).substr(1)) !=
                                                   std::end(kLifecycleNames);
    if (method != "POST" || (!is_lifecycle && !path.starts_with(kEventsPath))) {
        response = http::problem(404, "This is posthorn receive: the descriptor is at /atlassian-connect.json.");
        (void)co_await exchange.respond(std::move(response));
        co_return;
    }
    ReceivedCall call;
    call.kind = is_lifecycle ? ReceivedCall::Kind::lifecycle : ReceivedCall::Kind::webhook;
    call.at = wall_now();
    call.method = std::string(method);
    call.target = std::string(exchange.head().target);
    call.name = is_lifecycle ? path.substr(1) : wire::percent_decode(std::string_view(path).substr(kEventsPath.size()));
    for (const auto& header : exchange.head().headers) call.headers.emplace_back(header.name, header.value);
    const auto body = co_await exchange.read_body(kBodyBytesMax);
    if (!body) co_return;  // The server says what was wrong with it.
    call.body = std::string(*body);
    if (is_lifecycle) call.answered = co_await answer_lifecycle(exchange, call);
    else call.answered = co_await answer_webhook(exchange, call);
    on_call_(call);
}

io::Task<unsigned> Receiver::answer_webhook(http::Exchange& exchange, ReceivedCall& call) {
    judge_by_secret(call);
    // In slices, so that the end of the program need not wait for a slow receiver's play.
    const auto until = std::chrono::steady_clock::now() + options_.delay;
    while (!is_stopping_ && std::chrono::steady_clock::now() < until) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        co_await loop_.wheel().sleep(std::min<std::chrono::milliseconds>(left, 100ms));
    }
    http::Response response;
    response.status = options_.status != 0 ? options_.status : call.verification.is_ok() ? 200 : 401;
    const auto status = response.status;
    (void)co_await exchange.respond(std::move(response));
    co_return status;
}

void Receiver::judge_by_secret(ReceivedCall& call) const {
    const auto request = request_of(call);
    const auto token = wire::decode_jwt(request.token);
    const auto known = token && token->iss ? secrets_.find(*token->iss) : secrets_.end();
    sign::VerificationKey key;
    key.secret = known != secrets_.end() ? known->second : std::string();
    call.verification = sign::verify(request, key, call.at);
    if (known != secrets_.end()) {
        call.signer = "shared secret";
    } else if (token) {
        for (auto& check : call.verification.checks)
            if (check.name == "signature")
                check.wrong = "no secret is known for the clientKey '" + printable(token->iss.value_or("")) +
                              "': install this add-on first (or again, for secrets are gone after a restart)";
    }
}

io::Task<unsigned> Receiver::answer_lifecycle(http::Exchange& exchange, ReceivedCall& call) {
    const bool is_accepted = co_await take_installed(call);
    http::Response response;
    response.status = is_accepted ? 204 : 401;
    const auto status = response.status;
    (void)co_await exchange.respond(std::move(response));
    co_return status;
}

io::Task<bool> Receiver::take_installed(ReceivedCall& call) {
    const auto client_key = text_at(call.body, "clientKey");
    const auto secret = text_at(call.body, "sharedSecret");
    call.body = masked(std::move(call.body), secret);
    const auto request = request_of(call);
    const auto token = wire::decode_jwt(request.token);
    if (token && token->alg == "RS256") {
        const auto key = co_await install_key_of(request.token, call.signer);
        call.verification = sign::verify(request, key, call.at);
        // Meant for us: or one add-on could play another's install (connect.md section 3, `aud`).
        if (const auto fault = wire::check_audience(*token, options_.base_url))
            call.verification.checks.push_back({"audience", printable(fault->detail)});
    } else {
        judge_by_secret(call);
    }
    // The first secret may come unsigned, as it did for years; the next one must prove that it is from the same host.
    const bool is_first_unsigned = request.token.empty() && call.name == "installed" && !secrets_.contains(client_key);
    const bool is_accepted = call.verification.is_ok() || is_first_unsigned;
    if (is_accepted && call.name == "installed" && !client_key.empty() && !secret.empty())
        secrets_.insert_or_assign(client_key, secret);
    co_return is_accepted;
}

io::Task<sign::VerificationKey> Receiver::install_key_of(std::string token, std::string& signer) {
    sign::VerificationKey none;
    none.secret = "";  // Fits no token.
    const auto decoded = wire::decode_jwt(token);
    const auto kid = decoded ? decoded->kid.value_or("") : std::string();
    if (kid.empty() || options_.issuer.empty()) co_return none;
    if (const auto known = install_keys_.find(kid); known != install_keys_.end()) {
        signer = "install key " + kid;
        sign::VerificationKey key;
        key.public_key = known->second;
        co_return key;
    }
    const auto url = wire::parse_url(options_.issuer + "/install-keys/" + wire::percent_encode(kid));
    if (!url) co_return none;
    io::DialTarget target;
    target.is_https = url->scheme == wire::Scheme::https;
    target.host = url->host;
    target.port = url->port;
    const std::vector<std::pair<std::string, std::string>> headers{{"Connection", "close"}};
    auto request = http::write_request("GET", url->target(), url->authority(), headers, "");
    const http::AnswerLimits limits{.body_read_max = 64 * 1024, .body_kept_max = 64 * 1024};
    const auto fetched = co_await http::fetch(loop_.dialer(), std::move(target), std::move(request), 5s, limits);
    if (!fetched.answer || fetched.answer->status != 200) co_return none;
    auto key = wire::RsaKey::from_public_pem(fetched.answer->body);
    if (!key) co_return none;
    if (install_keys_.size() >= kInstallKeysMax) install_keys_.clear();
    install_keys_.insert_or_assign(kid, *key);
    signer = "install key " + kid;
    sign::VerificationKey found;
    found.public_key = *std::move(key);
    co_return found;
}

}  // namespace posthorn::program

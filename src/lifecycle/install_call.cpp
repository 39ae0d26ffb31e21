#include "lifecycle/install_call.h"

#include <utility>
#include <vector>

#include "base/assert.h"
#include "engine/attempt_request.h"
#include "http/client.h"
#include "lifecycle/lifecycle_body.h"
#include "registry/install_key.h"
#include "sign/authorization.h"
#include "version.h"
#include "wire/url_template.h"

namespace posthorn::lifecycle {

namespace {

using registry::InstallSigning;

enum class SignatureKind : std::uint8_t { none, rs256, hs256 };

struct Signature {
    SignatureKind kind = SignatureKind::none;
    const registry::Secret* secret = nullptr;  // Of hs256.
    std::optional<InstallSigning> signing = {};
};

void append_legacy(const InstallCall& call, std::vector<Signature>& signatures) {
    const auto add = [&](const std::optional<registry::Secret>& secret) {
        if (secret) signatures.push_back({SignatureKind::hs256, &*secret, InstallSigning::legacy});
    };
    add(call.current);
    if (!call.current || call.unanswered != call.current) add(call.unanswered);
    // Nobody has seen a secret, or nobody is known to have taken the one that was sent: a first install.
    if (!call.current) signatures.push_back({SignatureKind::none, nullptr, InstallSigning::legacy});
}

/// In the order in which they are tried: the next one if the add-on refused the one before.
std::vector<Signature> signatures_of(const InstallCall& call) {
    const auto& installation = call.installation;
    std::vector<Signature> signatures;
    if (installation.authentication == registry::Authentication::none) return {Signature{}};
    const Signature asymmetric{SignatureKind::rs256, nullptr, InstallSigning::asymmetric};
    switch (installation.settings.install_signing) {
        case InstallSigning::asymmetric: return {asymmetric};
        case InstallSigning::legacy: append_legacy(call, signatures); return signatures;
        case InstallSigning::automatic: break;
    }
    if (installation.migrations.signed_install) return {asymmetric};
    // What worked before comes first; RS256 still has its turn, for add-ons learn it by an update.
    const bool legacy_first = installation.signing_that_worked == InstallSigning::legacy;
    if (!legacy_first) signatures.push_back(asymmetric);
    append_legacy(call, signatures);
    if (legacy_first) signatures.push_back(asymmetric);
    return signatures;
}

bool asks_for_another_signature(const CallResult& result) {
    return result.answer &&
           (result.answer->status == 400 || result.answer->status == 401 || result.answer->status == 403);
}

/// Frameworks show the request on their error pages; its secret must not get into problems and logs that way.
void mask(std::string& text, const std::optional<registry::Secret>& secret) {
    if (!secret) return;
    for (auto at = text.find(secret->reveal()); at != std::string::npos; at = text.find(secret->reveal(), at))
        text.replace(at, secret->size(), "***");
}

void mask(http::Answer& answer, const std::optional<registry::Secret>& secret) {
    mask(answer.body, secret);
    for (auto& header : answer.headers) mask(header.second, secret);
}

std::optional<std::string_view> if_known(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

std::optional<std::string> authorization(const Signature& signature, const sign::SignedRequest& request,
                                         const InstallCall& call, const registry::MasterKey& master_key) {
    const auto& installation = call.installation;
    const auto& tenant = *call.snapshot->find_tenant(installation.tenant);
    switch (signature.kind) {
        case SignatureKind::none: return std::nullopt;
        case SignatureKind::hs256: {
            wire::HmacKey key(signature.secret->reveal());
            return sign::authorization_with(request, key, installation, tenant, installation.user, wall_now());
        }
        case SignatureKind::rs256: break;
    }
    const auto* key = call.snapshot->current_install_key();
    POSTHORN_ASSERT(key != nullptr);  // Made with the store.
    const auto pair = registry::open_install_key(*key, master_key);
    POSTHORN_ASSERT(pair.has_value());  // Sealed by the master key, which was checked at start.
    return sign::install_authorization(request, *pair, key->kid, installation, tenant, installation.user, wall_now());
}

}  // namespace

io::Task<InstallAnswer> call_addon(engine::Engine& engine, io::Dialer& dialer, InstallCall call, std::string public_url,
                                   Millis limit) {
    const auto& installation = call.installation;
    const auto* tenant = call.snapshot->find_tenant(installation.tenant);
    POSTHORN_ASSERT(tenant != nullptr);
    const auto& urls = installation.lifecycle_urls;
    const auto& url = call.event_type == "installed" ? urls.installed : urls.uninstalled;
    POSTHORN_ASSERT(url.has_value());

    std::string target;
    url->render({}, target);
    wire::append_user_parameters(target, if_known(installation.user.id), if_known(installation.user.key));
    const Host host{public_url, call.snapshot->current_install_key()};
    const auto* carried = call.carried ? &*call.carried : nullptr;
    const auto body = lifecycle_body(installation.addon_key, *tenant, host, call.event_type, carried);
    const auto settings = engine::delivery_settings(installation, *call.snapshot, engine.defaults());

    InstallAnswer answer;
    answer.url = installation.receiver.origin() + target;
    const auto signatures = signatures_of(call);
    for (const auto& signature : signatures) {
        std::vector<std::pair<std::string, std::string>> headers{{"Content-Type", "application/json"},
                                                                 {"Atlassian-Connect-Version", "2.0.0"},
                                                                 {"User-Agent", "Posthorn/" POSTHORN_VERSION}};
        const sign::SignedRequest to_sign{"POST", target, url->base_path_bytes()};
        if (auto value = authorization(signature, to_sign, call, engine.registry().master_key()))
            headers.emplace_back("Authorization", *std::move(value));
        for (const auto& header : installation.settings.headers)
            headers.emplace_back(header.name, header.value.reveal());
        headers.emplace_back("Connection", "close");

        auto request = http::write_request("POST", target, installation.receiver.authority(), headers, body);
        auto receiver = engine::dial_target(installation, settings.connect_timeout.value());
        const http::AnswerLimits limits;
        answer.result = co_await lifecycle::call(dialer, std::move(receiver), std::move(request), limit, limits);
        if (answer.result.answer) mask(*answer.result.answer, call.carried);
        if (answer.result.is_taken()) answer.signing = signature.signing;
        if (!asks_for_another_signature(answer.result)) break;
    }
    co_return answer;
}

}  // namespace posthorn::lifecycle

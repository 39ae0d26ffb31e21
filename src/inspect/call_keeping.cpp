#include "inspect/call_keeping.h"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>

#include "wire/percent.h"
#include "wire/printable.h"

namespace posthorn::inspect {

namespace {

std::string secret_identity(const std::string& inspector, const std::string& client_key) {
    return "inspector/" + inspector + "/" + client_key;
}

/// Texts of hosts are kept up to here; a clientKey is a UUID.
constexpr std::size_t kHostTextMax = 1024;

class Keeping {
public:
    Keeping(InspectorTables& tables, const registry::MasterKey& master_key, IncomingCall incoming)
        : tables_(tables), master_key_(master_key), incoming_(std::move(incoming)), call_(incoming_.call) {}

    Result<KeptCall> keep() {
        const bool is_lifecycle = call_.kind == RecordedCall::Kind::lifecycle;
        call_.body_bytes = call_.body.size();
        client_key_ = is_lifecycle ? text_member(call_.body, "clientKey") : std::string();
        host_base_url_ = is_lifecycle ? text_member(call_.body, "baseUrl") : std::string();
        // Whatever kind of call it is: a secret in it is nobody's to see.
        auto masked = mask_secret(call_.body);
        secret_ = registry::Secret(std::move(masked.secret));
        call_.body = std::move(masked.body);
        POSTHORN_CHECK(judge_token());
        KeptCall kept;
        if (call_.kind == RecordedCall::Kind::event) {
            kept.answer = 200;
        } else {
            POSTHORN_TRY(kept, answer_lifecycle());
        }
        call_.answered = kept.answer;
        cut_body();
        call_.token_summary = boost::json::serialize(summary_json(judgement_));
        call_.token = boost::json::serialize(full_json(judgement_));
        POSTHORN_TRY(kept.inspector, tables_.add_call(incoming_.inspector, call_));
        return kept;
    }

private:
    Result<void> judge_token() {
        const auto token = wire::decode_jwt(token_of(call_));
        const bool is_rs256 = token && token->alg == "RS256";
        KnownSigner signer;
        if (is_rs256) {
            const auto kid = token->kid.value_or("");
            if (incoming_.install_key) {
                signer.key.public_key = incoming_.install_key;
                signer.name = "install key " + wire::printable(kid);
            }
            signer.why_unknown = "the install key '" + kid + "' is not known: " + incoming_.why_no_key;
        } else if (token) {
            POSTHORN_CHECK(find_secret(token->iss.value_or(""), signer));
        }
        const auto audience = is_rs256 ? Audience::must_be_us : Audience::any;
        judgement_ = judge(call_, incoming_.base_url, signer, audience, call_.at);
        is_verified_ = is_rs256 && judgement_.is_ok() && token->iss == client_key_;
        return {};
    }

    Result<void> find_secret(const std::string& client_key, KnownSigner& signer) {
        POSTHORN_TRY(const auto host, tables_.host(incoming_.inspector, client_key));
        signer.why_unknown = "no secret is known for the clientKey '" + client_key +
                             "': that host has not installed this inspector, or its call did not get here";
        if (!host || host->sealed_secret.empty()) return {};
        const auto secret = master_key_.unseal(host->sealed_secret, secret_identity(incoming_.inspector, client_key));
        if (!secret) {
            signer.why_unknown = "the secret of this host can't be unsealed: the server's master key was changed";
            return {};
        }
        signer.key.secret = std::string(secret->reveal());
        signer.name = "shared secret";
        return {};
    }

    Result<KeptCall> answer_lifecycle() {
        KeptCall kept;
        kept.answer = 204;
        if (call_.name == "installed") return take_secret();
        if (call_.name == "uninstalled" && judgement_.is_ok()) {
            POSTHORN_TRY(auto host, tables_.host(incoming_.inspector, client_key_));
            if (host) {
                host->is_installed = false;
                POSTHORN_CHECK(tables_.put_host(incoming_.inspector, *host));
            }
        }
        return kept;
    }

    Result<KeptCall> take_secret() {
        KeptCall kept;
        kept.answer = 204;
        if (client_key_.empty() || client_key_.size() > kHostTextMax) {
            kept.answer = 400;
            kept.why = "an installed call is JSON with a clientKey and, for JWT, a sharedSecret";
            return kept;
        }
        const auto identity = secret_identity(incoming_.inspector, client_key_);
        POSTHORN_TRY(auto known, tables_.host(incoming_.inspector, client_key_));
        if (known && !is_verified_) {
            const auto before = known->sealed_secret.empty() ? Result<registry::Secret>(registry::Secret())
                                                             : master_key_.unseal(known->sealed_secret, identity);
            if (!before || !(*before == secret_)) {
                kept.answer = 401;
                kept.why =
                    "this host has a secret here already; another one is taken only from a token of a known install "
                    "key: " +
                    judgement_.first_fault();
                return kept;
            }
        }
        InspectorHost host;
        host.client_key = client_key_;
        host.base_url = host_base_url_.substr(0, kHostTextMax);
        if (!secret_.empty()) host.sealed_secret = master_key_.seal(secret_.reveal(), identity);
        host.is_verified = is_verified_ || (known && known->is_verified);
        host.at = call_.at;
        const auto put = tables_.put_host(incoming_.inspector, host);
        if (!put && put.error().code != Errc::full) return put.error();
        if (!put) {
            kept.answer = 403;
            kept.why = put.error().detail;
        }
        return kept;
    }

    /// At the end of a character, so that what was text stays text.
    void cut_body() {
        auto& body = call_.body;
        if (body.size() <= kBodyBytesKept) return;
        auto end = kBodyBytesKept;
        while (end > kBodyBytesKept - 4 && (static_cast<unsigned char>(body[end]) & 0xC0U) == 0x80U) --end;
        body.resize(end);
        body.shrink_to_fit();
    }

    InspectorTables& tables_;
    const registry::MasterKey& master_key_;
    IncomingCall incoming_;
    RecordedCall& call_;
    std::string client_key_;
    std::string host_base_url_;
    registry::Secret secret_;
    Judgement judgement_;
    bool is_verified_ = false;
};

}  // namespace

Result<KeptCall> keep_call(InspectorTables& tables, const registry::MasterKey& master_key, IncomingCall incoming) {
    return Keeping(tables, master_key, std::move(incoming)).keep();
}

}  // namespace posthorn::inspect

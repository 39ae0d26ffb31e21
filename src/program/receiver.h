#pragma once
// A ready add-on: its descriptor, its lifecycle, its webhooks; every call is checked.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "http/server.h"
#include "program/loop.h"
#include "program/received_call.h"

namespace posthorn::program {

struct ReceiverOptions {
    std::string listen = "127.0.0.1:0";
    std::string base_url = {};  ///< Empty: http and the address that it listens on.
    std::string key = "posthorn-receiver";
    std::vector<std::string> events = {};  ///< Empty: every type of both products.
    unsigned status = 0;  ///< Answered to webhooks whatever they are; 0: 200, or 401 to a wrong token.
    std::chrono::milliseconds delay{0};  ///< Before each webhook's answer.
    std::string issuer = {};  ///< The server whose install keys are believed: "http://127.0.0.1:8080".
};

/// On the thread of its Loop; works whenever that runs.
class Receiver {
public:
    /// `on_call` hears of each call after it was judged and answered. References outlive it.
    Receiver(Loop& loop, const catalogue::Catalogue& catalogue, ReceiverOptions options,
             std::function<void(const ReceivedCall&)> on_call);
    /// Closes its connections, waiting for their handlers.
    ~Receiver();

    /// Errors: those of http::Server::listen.
    Result<void> listen();

    const std::string& base_url() const { return options_.base_url; }
    std::string descriptor_url() const { return options_.base_url + "/atlassian-connect.json"; }
    /// atlassian-connect.json as it is served.
    std::string descriptor() const;
    /// Whether an `installed` has brought a secret.
    bool is_installed() const { return !secrets_.empty(); }

private:
    io::Task<void> handle(http::Exchange& exchange);
    io::Task<unsigned> answer_lifecycle(http::Exchange& exchange, ReceivedCall& call);
    io::Task<unsigned> answer_webhook(http::Exchange& exchange, ReceivedCall& call);
    io::Task<bool> take_installed(ReceivedCall& call);
    io::Task<sign::VerificationKey> install_key_of(std::string token, std::string& signer);
    void judge_by_secret(ReceivedCall& call) const;
    sign::ReceivedRequest request_of(const ReceivedCall& call) const;

    Loop& loop_;
    const catalogue::Catalogue& catalogue_;
    ReceiverOptions options_;
    std::function<void(const ReceivedCall&)> on_call_;
    std::map<std::string, std::string, std::less<>> secrets_;  // By clientKey.
    std::map<std::string, wire::RsaKey, std::less<>> install_keys_;  // By kid.
    http::Server http_;
    bool is_stopping_ = false;
};

}  // namespace posthorn::program

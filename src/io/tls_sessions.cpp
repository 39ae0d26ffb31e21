#include "io/tls_sessions.h"

#include <utility>

#include "base/assert.h"

namespace posthorn::io {

// Belongs to the SSL, and keeps the store alive for tickets that come late.
struct TlsSessions::Attached {
    std::shared_ptr<TlsSessions> sessions;
    std::string key;
};

std::shared_ptr<TlsSessions> TlsSessions::make(std::size_t sessions_max) {
    return std::shared_ptr<TlsSessions>(new TlsSessions(sessions_max));
}

int TlsSessions::attached_index() {
    static const int index = SSL_get_ex_new_index(
        0, nullptr, nullptr, nullptr,
        [](void*, void* attached, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Attached*>(attached); });
    POSTHORN_ASSERT(index >= 0);
    return index;
}

void TlsSessions::enable(SSL_CTX* context) {
    // OpenSSL's own store is for servers; clients get each session by the callback.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, [](SSL* connection, SSL_SESSION* session) -> int {
        auto* attached = static_cast<Attached*>(SSL_get_ex_data(connection, attached_index()));
        if (attached == nullptr) return 0;
        attached->sessions->keep(attached->key, session);
        return 1;  // The session is ours to free.
    });
}

void TlsSessions::attach(SSL* connection, std::string key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
        const auto kept = found->second;
        const bool is_young = std::chrono::steady_clock::now() - kept->made_at < kAgeMax;
        if (is_young && SSL_SESSION_is_resumable(kept->session.get()) == 1) {
            SSL_set_session(connection, kept->session.get());  // Takes a reference of its own.
            sessions_.splice(sessions_.begin(), sessions_, kept);
        } else {
            sessions_.erase(kept);
            by_key_.erase(found);
        }
    }
    auto attached = std::make_unique<Attached>(Attached{shared_from_this(), std::move(key)});
    if (SSL_set_ex_data(connection, attached_index(), attached.get()) == 1)
        static_cast<void>(attached.release());  // The connection's, until it is freed.
}

void TlsSessions::keep(const std::string& key, SSL_SESSION* session) {
    std::unique_ptr<SSL_SESSION, SessionFree> owned(session);
    const auto now = std::chrono::steady_clock::now();
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        found->second->session = std::move(owned);
        found->second->made_at = now;
        sessions_.splice(sessions_.begin(), sessions_, found->second);
        return;
    }
    if (sessions_max_ == 0) return;
    if (sessions_.size() >= sessions_max_) {
        by_key_.erase(sessions_.back().key);
        sessions_.pop_back();
    }
    sessions_.push_front(Kept{key, std::move(owned), now});
    by_key_.emplace(key, sessions_.begin());
}

}  // namespace posthorn::io

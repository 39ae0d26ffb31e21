#pragma once
// TLS sessions that clients resume, so that a new connection to a known receiver costs one round trip less.

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include <openssl/ssl.h>

namespace posthorn::io {

/// Sessions by key, such as "host:port"; bounded, the one unused for longest goes first. Net thread only.
/// Sessions were verified when they were made and are not verified again, so all that decides about trust (host,
/// authorities) has to be the same for one key: keep one TlsSessions per SSL context.
class TlsSessions : public std::enable_shared_from_this<TlsSessions> {
public:
    /// A session older than this is not resumed: the certificate is looked at again.
    static constexpr std::chrono::minutes kAgeMax{60};

    static std::shared_ptr<TlsSessions> make(std::size_t sessions_max);

    /// Makes connections of `context` hand their sessions on to those who attached them. Once per context.
    static void enable(SSL_CTX* context);

    /// Before the handshake: resumes the session of `key` if there is one, and stores the new ones under it.
    void attach(SSL* connection, std::string key);

    std::size_t size() const { return sessions_.size(); }

private:
    struct SessionFree {
        void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
    };
    struct Kept {
        std::string key;
        std::unique_ptr<SSL_SESSION, SessionFree> session;
        std::chrono::steady_clock::time_point made_at;
    };
    struct Attached;

    explicit TlsSessions(std::size_t sessions_max) : sessions_max_(sessions_max) {}
    void keep(const std::string& key, SSL_SESSION* session);
    static int attached_index();

    std::size_t sessions_max_;
    std::list<Kept> sessions_;  // The one used last is in front.
    std::unordered_map<std::string, std::list<Kept>::iterator> by_key_;
};

}  // namespace posthorn::io

#pragma once
// Sessions of the page: an API key, exchanged for a cookie that holds a token of its own.

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/moment.h"
#include "io/task.h"
#include "registry/api_key.h"
#include "wire/http1.h"

namespace posthorn::api {

struct SessionLimits {
    std::size_t sessions_max = 10'000;  ///< The one that ends first goes when there are more.
    std::size_t per_key_max = 100;      ///< The same within one key, so that one can't push out the others.
    Millis lifetime = std::chrono::days(7);
    /// So many wrong keys from one peer within the time, then it has to wait.
    std::size_t wrong_keys_max = 10;
    Millis wrong_keys_time = std::chrono::minutes(1);
    std::size_t peers_max = 10'000;
};

struct Session {
    std::string key_id;  ///< Of the API key whose rights it has; a key that was removed ends it.
    Moment expires_at;
    bool is_over = false;  ///< Signed out of, or pushed out; for who still holds it.
};
using SessionPtr = std::shared_ptr<const Session>;

/// In memory alone: a restart of the server ends all of them. Tokens are kept as hashes. Net thread only.
class Sessions {
public:
    explicit Sessions(SessionLimits limits = {}) : limits_(limits) {}

    /// A new session; gives its token, 256 random bits in base64url.
    registry::Secret begin(std::string key_id, Moment now);
    /// Null when there is none, or none any more.
    SessionPtr find(std::string_view token, Moment now) const;
    void end(std::string_view token);
    /// `look` is called when a session was ended, so that answers that go on can see whether it was theirs.
    void watch(std::function<void()> look) { watchers_.push_back(std::move(look)); }

    /// How long this peer has to wait before its next try; zero: not at all. An IPv6 peer counts by its /64.
    Millis wait_of(const io::Address& peer, Moment now) const;
    void note_wrong_key(const io::Address& peer, Moment now);

    const SessionLimits& limits() const { return limits_; }
    std::size_t size() const { return sessions_.size(); }

private:
    struct WrongKeys {
        Moment since;
        std::size_t count = 0;
    };
    using Peer = std::array<unsigned char, 16>;
    static Peer peer_of(const io::Address& address);
    using Kept = std::map<registry::TokenHash, std::shared_ptr<Session>>;
    void make_room(const std::string& key_id, Moment now);
    void end(Kept::iterator session);

    SessionLimits limits_;
    Kept sessions_;
    std::vector<std::function<void()>> watchers_;
    std::map<Peer, WrongKeys> wrong_keys_;
};

inline constexpr std::string_view kSessionCookie = "posthorn_session";

/// The session's token in the request's cookies; empty when there is none.
std::string_view session_token(const std::vector<wire::Header>& headers);

/// Which connections the browser may send the cookie over.
enum class CookieScope : std::uint8_t { any, https_only };
/// The Set-Cookie value; with an empty token one that removes it. `lifetime` in whole seconds.
std::string session_cookie(std::string_view token, Millis lifetime, CookieScope scope);

}  // namespace posthorn::api

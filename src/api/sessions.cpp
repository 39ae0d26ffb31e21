#include "api/sessions.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/random.h"
#include "wire/base64.h"

namespace posthorn::api {

namespace {

constexpr std::size_t kTokenRandomBytes = 32;
constexpr std::size_t kPrefixBytesV6 = 8;  // A /64 is one customer's.

}  // namespace

registry::Secret Sessions::begin(std::string key_id, Moment now) {
    make_room(key_id, now);
    const registry::Secret random(io::random_bytes(kTokenRandomBytes));
    std::string text;
    text.reserve(2 * kTokenRandomBytes);
    wire::append_base64url(text, random.reveal());
    registry::Secret token(std::move(text));
    sessions_[registry::hash_of_token(token.reveal())] =
        std::make_shared<Session>(Session{std::move(key_id), now + limits_.lifetime});
    return token;
}

void Sessions::make_room(const std::string& key_id, Moment now) {
    std::erase_if(sessions_, [&](const auto& entry) { return entry.second->expires_at <= now; });
    const auto ends_first = [](const auto& one, const auto& other) {
        return one.second->expires_at < other.second->expires_at;
    };
    const auto is_keys = [&](const auto& entry) { return entry.second->key_id == key_id; };
    if (static_cast<std::size_t>(std::ranges::count_if(sessions_, is_keys)) >= limits_.per_key_max) {
        auto oldest = std::ranges::find_if(sessions_, is_keys);
        for (auto at = oldest; at != sessions_.end(); ++at)
            if (is_keys(*at) && ends_first(*at, *oldest)) oldest = at;
        end(oldest);
    }
    if (sessions_.size() >= limits_.sessions_max) end(std::ranges::min_element(sessions_, ends_first));
}

SessionPtr Sessions::find(std::string_view token, Moment now) const {
    if (token.empty()) return nullptr;
    // Found by hash: the time that it takes says nothing of the token.
    const auto found = sessions_.find(registry::hash_of_token(token));
    return found != sessions_.end() && found->second->expires_at > now ? found->second : nullptr;
}

void Sessions::end(std::string_view token) {
    if (const auto found = sessions_.find(registry::hash_of_token(token)); found != sessions_.end()) end(found);
}

void Sessions::end(Kept::iterator session) {
    session->second->is_over = true;
    sessions_.erase(session);
    for (const auto& look : watchers_) look();
}

Sessions::Peer Sessions::peer_of(const io::Address& address) {
    Peer peer{};
    if (address.is_v4()) {
        std::ranges::copy(io::asio::ip::make_address_v6(io::asio::ip::v4_mapped, address.to_v4()).to_bytes(),
                          peer.begin());
        return peer;
    }
    const auto v6 = address.to_v6();
    const auto bytes = v6.to_bytes();
    std::copy_n(bytes.begin(), v6.is_v4_mapped() ? bytes.size() : kPrefixBytesV6, peer.begin());
    return peer;
}

Millis Sessions::wait_of(const io::Address& peer, Moment now) const {
    const auto found = wrong_keys_.find(peer_of(peer));
    if (found == wrong_keys_.end() || found->second.count < limits_.wrong_keys_max) return Millis(0);
    const auto left = std::chrono::ceil<Millis>(found->second.since + limits_.wrong_keys_time - now);
    return std::clamp(left, Millis(0), limits_.wrong_keys_time);
}

void Sessions::note_wrong_key(const io::Address& peer, Moment now) {
    const auto is_over = [&](const WrongKeys& wrong) {
        return now >= wrong.since + limits_.wrong_keys_time || now < wrong.since;
    };
    const auto key = peer_of(peer);
    if (wrong_keys_.size() >= limits_.peers_max && !wrong_keys_.contains(key)) {
        std::erase_if(wrong_keys_, [&](const auto& entry) { return is_over(entry.second); });
        if (wrong_keys_.size() >= limits_.peers_max)
            wrong_keys_.erase(
                std::ranges::min_element(wrong_keys_, {}, [](const auto& entry) { return entry.second.since; }));
    }
    auto& wrong = wrong_keys_[key];
    if (is_over(wrong)) wrong = {now, 0};
    ++wrong.count;
}

std::string_view session_token(const std::vector<wire::Header>& headers) {
    const auto cookies = wire::find_header(headers, "Cookie");
    std::string_view rest = cookies.value_or("");
    while (!rest.empty()) {
        auto pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == kSessionCookie)
            return pair.substr(equals + 1);
    }
    return {};
}

std::string session_cookie(std::string_view token, Millis lifetime, CookieScope scope) {
    const auto seconds = token.empty() ? 0 : std::chrono::floor<std::chrono::seconds>(lifetime).count();
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kSessionCookie, token, seconds,
                       scope == CookieScope::https_only ? "; Secure" : "");
}

}  // namespace posthorn::api

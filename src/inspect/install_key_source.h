#pragma once
// The public keys of install tokens: this server's own, and Atlassian's.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.h"
#include "io/dialer.h"
#include "io/task.h"
#include "registry/registry.h"
#include "wire/jwt_keys.h"

namespace posthorn::inspect {

/// Where Atlassian serves them; the kid follows. Source: developer.atlassian.com, "Security for Connect apps".
inline constexpr std::string_view kAtlassianKeys = "https://connect-install-keys.atlassian.com";

/// Net thread only; references outlive it.
class InstallKeySource {
public:
    /// `others` is the URL below which keys of other hosts are looked up.
    InstallKeySource(const registry::Registry& registry, io::Dialer& dialer, std::string others);

    struct Found {
        std::optional<wire::RsaKey> key;
        std::string why_not;  ///< For a person, when there is none.
    };
    /// The key of that kid: of this server, else fetched, by the dialer's rules and within 3 s, from the other place;
    /// what was found there is kept, and what was not, is not asked for again within a minute.
    io::Task<Found> find(std::string kid);

private:
    struct Kept {
        Found found;
        std::chrono::steady_clock::time_point at;
    };
    io::Task<Found> fetch(std::string kid);

    const registry::Registry& registry_;
    io::Dialer& dialer_;
    std::string others_;
    std::map<std::string, Kept, std::less<>> kept_;
    std::size_t under_way_ = 0;
};

}  // namespace posthorn::inspect

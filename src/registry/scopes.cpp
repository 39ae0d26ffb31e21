#include "registry/scopes.h"

#include <algorithm>
#include <array>

namespace posthorn::registry {

namespace {

constexpr std::array<std::string_view, 9> kNames = {"READ",        "WRITE", "DELETE",      "PROJECT_ADMIN",
                                                    "SPACE_ADMIN", "ADMIN", "ACT_AS_USER", "ACCESS_EMAIL_ADDRESSES",
                                                    "NONE"};

constexpr unsigned bit(Scope scope) { return 1U << static_cast<unsigned>(scope); }

// A scope with all that it implies.
constexpr unsigned with_implied(Scope scope) {
    constexpr unsigned kDelete = bit(Scope::read) | bit(Scope::write) | bit(Scope::delete_);
    switch (scope) {
        case Scope::write: return bit(Scope::read) | bit(Scope::write);
        case Scope::delete_: return kDelete;
        case Scope::project_admin: return kDelete | bit(Scope::project_admin);
        case Scope::space_admin: return kDelete | bit(Scope::space_admin);
        case Scope::admin: return kDelete | bit(Scope::project_admin) | bit(Scope::space_admin) | bit(Scope::admin);
        default: return bit(scope);
    }
}

std::string upper(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return upper;
}

}  // namespace

std::string_view to_text(Scope scope) { return kNames[static_cast<std::size_t>(scope)]; }

std::optional<Scope> parse_scope(std::string_view text) {
    const auto found = std::ranges::find(kNames, upper(text));
    if (found == kNames.end()) return std::nullopt;
    return static_cast<Scope>(found - kNames.begin());
}

Scopes::Scopes(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (auto declared = upper(name); std::ranges::find(names_, declared) == names_.end())
            names_.push_back(std::move(declared));
        if (const auto scope = parse_scope(name))
            allowed_ = static_cast<std::uint16_t>(allowed_ | with_implied(*scope));
    }
}

}  // namespace posthorn::registry

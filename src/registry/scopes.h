#pragma once
// What an add-on is allowed to do, as its descriptor asks for it (connect.md section 1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::registry {

enum class Scope : std::uint8_t {
    read,
    write,
    delete_,
    project_admin,
    space_admin,
    admin,
    act_as_user,
    access_email_addresses,
    none,
};

/// "READ", "PROJECT_ADMIN", ...
std::string_view to_text(Scope scope);
/// Upper or lower case.
std::optional<Scope> parse_scope(std::string_view text);

/// The scopes of one add-on. A value.
class Scopes {
public:
    Scopes() = default;
    /// `names` as declared, in any case, known or not.
    explicit Scopes(const std::vector<std::string>& names);

    /// Whether the scope is declared or implied by a declared one: READ < WRITE < DELETE < PROJECT_ADMIN,
    /// SPACE_ADMIN < ADMIN; neither of the two *_ADMIN implies the other.
    bool allow(Scope scope) const { return (allowed_ >> static_cast<unsigned>(scope) & 1U) != 0; }

    /// The declared ones in upper case and in their order, unknown ones too, each once.
    const std::vector<std::string>& names() const { return names_; }

    bool operator==(const Scopes&) const = default;

private:
    std::vector<std::string> names_;
    std::uint16_t allowed_ = 0;
};

}  // namespace posthorn::registry

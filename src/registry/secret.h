#pragma once
// A value that is never printed and leaves nothing behind in memory.

#include <string>
#include <string_view>
#include <utility>

namespace posthorn::registry {

/// Owns the bytes of a secret; zeroes them when it goes or is assigned to. Has no way to a stream, a format or
/// an implicit string on purpose: whoever needs the bytes says so with reveal(). Copies are secrets too.
class Secret {
public:
    Secret() = default;
    /// Takes the bytes over and zeroes what is left in `bytes`.
    explicit Secret(std::string&& bytes);
    /// Copies; the caller's own text is the caller's care.
    static Secret copy_of(std::string_view bytes);

    Secret(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret other) noexcept;
    ~Secret();

    bool empty() const { return bytes_.empty(); }
    std::size_t size() const { return bytes_.size(); }
    /// The bytes, for as long as this lives. Don't copy them into anything that lasts.
    std::string_view reveal() const { return bytes_; }

    /// In constant time for equal lengths.
    bool operator==(const Secret& other) const;

private:
    void wipe() noexcept;
    std::string bytes_;
};

/// 256 random bits in base64url: a new shared secret of an installation (connect.md section 4).
Secret random_shared_secret();

}  // namespace posthorn::registry

#pragma once
// Event types as the small numbers that rows have in their place.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "state/sqlite.h"

namespace posthorn::state {

using TypeNumber = std::int64_t;

/// Remembers the table `types` for one connection. Rows are never changed or removed, so what is remembered stays
/// true; only what a rolled-back transaction added must be forgotten.
class TypeNumbers {
public:
    explicit TypeNumbers(Database& database) : database_(database) {}

    /// Adds the type when it is new; within a transaction.
    Result<TypeNumber> number_of(std::string_view name);
    /// Nothing when no event has the type.
    Result<std::optional<TypeNumber>> find(std::string_view name);
    /// Errors: corrupt (no such number).
    Result<std::string_view> name_of(TypeNumber number);
    void forget();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    Database& database_;
    std::unordered_map<std::string, TypeNumber, Hash, std::equal_to<>> numbers_;
    std::unordered_map<TypeNumber, std::string> names_;
};

}  // namespace posthorn::state

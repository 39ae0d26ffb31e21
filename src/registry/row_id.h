#pragma once
// The number that is the key of a tenant's or installation's row.

#include <charconv>
#include <cstdint>
#include <optional>

#include "model/record.h"

namespace posthorn::registry {

/// Ids count up from 1, and the snapshot has a place for each below the highest: a larger one is no id of ours.
inline constexpr std::uint64_t kRowIdMax = std::uint64_t{1} << 26U;

/// None unless the key is a number from 1 to kRowIdMax, written as to_row() writes it.
inline std::optional<std::uint64_t> id_of_row(const model::RegistryRow& row) {
    std::uint64_t id = 0;
    const char* const end = row.key.data() + row.key.size();
    const auto [rest, error] = std::from_chars(row.key.data(), end, id);
    if (error != std::errc() || rest != end || id == 0 || id > kRowIdMax || row.key.front() == '0') return std::nullopt;
    return id;
}

}  // namespace posthorn::registry

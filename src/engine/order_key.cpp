#include "engine/order_key.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "render/variables.h"

namespace posthorn::engine {

namespace {

constexpr model::OrderKey kReceiver = 1;
constexpr model::OrderKey kVariableMin = 2;

/// FNV-1a, 64 bits. Stored, so it must never change.
std::uint64_t hash(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325u;
    for (const char c : text) {
        value ^= static_cast<unsigned char>(c);
        value *= 0x100000001b3u;
    }
    return value;
}

}  // namespace

model::OrderKey order_key(const model::Event& event, const registry::Installation& installation,
                          const registry::Snapshot& snapshot, const catalogue::Catalogue& catalogue) {
    const auto& ordering = installation.settings.ordering;
    switch (ordering.kind) {
        case registry::Ordering::Kind::none: return model::kUnordered;
        case registry::Ordering::Kind::receiver: return kReceiver;
        case registry::Ordering::Kind::variable: break;
    }
    const auto value =
        render::variable_value(event, ordering.variable, catalogue, snapshot.custom_types(installation.tenant));
    return std::max(hash(value.value_or("")), kVariableMin);
}

void put_order_keys(std::span<model::Target> targets, const model::Event& event, const registry::Snapshot& snapshot,
                    const catalogue::Catalogue& catalogue) {
    for (auto& target : targets) {
        if (target.order == model::kUnordered) continue;
        const auto* installation = snapshot.find_installation(target.installation);
        target.order =
            installation == nullptr ? model::kUnordered : order_key(event, *installation, snapshot, catalogue);
    }
}

}  // namespace posthorn::engine

#pragma once
// A webhook's JQL filter, compiled. match/ makes and uses it; the registry only keeps it beside its webhook.

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace posthorn::registry {

/// What match/ derives its own compiled form from. Immutable, shared by snapshots and threads.
struct CompiledFilter {
    virtual ~CompiledFilter() = default;
};

using CompiledFilterPtr = std::shared_ptr<const CompiledFilter>;

/// Compiles JQL. The error's detail says what is wrong with it, for the person who wrote the descriptor.
using CompileFilter = std::function<Result<CompiledFilterPtr>(std::string_view jql)>;

}  // namespace posthorn::registry

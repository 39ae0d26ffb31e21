#pragma once
// Which tenants, types and installations occur in which span of ids, so that lists skip the rest.

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/moment.h"
#include "base/result.h"
#include "state/sqlite.h"
#include "state/type_numbers.h"

namespace posthorn::state {

/// Ids of one span have the same number above these bits: 4.3 s of IdSource's clock.
inline constexpr int kSpanBits = 34;

struct Facet {
    enum class Kind : std::uint8_t { tenant, installation };

    Kind kind = Kind::tenant;
    std::uint64_t number = 0;  ///< The tenant's or installation's.
    TypeNumber type = 0;       ///< 0: any.

    bool operator==(const Facet&) const = default;
};

inline Facet facet_of(TenantId tenant, TypeNumber type = 0) { return {Facet::Kind::tenant, tenant.value, type}; }
inline Facet facet_of(InstallationId installation) { return {Facet::Kind::installation, installation.value, 0}; }

/// Collects what a group of records brings, then writes each pair of facet and span once.
class FacetWriter {
public:
    void note(Facet facet, std::uint64_t id, Moment at);
    Result<void> write(Database& database);
    void clear() { noted_.clear(); }

private:
    struct Place {
        Facet facet;
        std::uint64_t span = 0;
        bool operator==(const Place&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Place& place) const;
    };
    struct Times {
        Moment first, last;
    };
    std::unordered_map<Place, Times, Hash> noted_;
};

/// The newest span at or below `span` in which all facets occur with a time in [since, until), as far as the facets
/// tell; nothing when there is none. `facets` is not empty.
Result<std::optional<std::uint64_t>> newest_span(Database& database, std::span<const Facet> facets, std::uint64_t span,
                                                 std::optional<Moment> since, std::optional<Moment> until);

/// Removes what is known of all spans below `span`.
Result<void> forget_spans_below(Database& database, std::uint64_t span);

}  // namespace posthorn::state

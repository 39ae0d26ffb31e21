#pragma once
// What the operator decides for an add-on (api.md: PATCH .../addons/{key}) or, in part, for a tenant.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/moment.h"
#include "registry/finding.h"
#include "registry/secret.h"
#include "wire/duration.h"
#include "wire/json.h"

namespace posthorn::registry {

enum class InstallSigning : std::uint8_t { automatic, asymmetric, legacy };
/// "auto", "asymmetric", "legacy".
std::string_view to_text(InstallSigning signing);

/// When failed deliveries are tried again; outcome/ makes the schedule of it.
struct Retry {
    enum class Kind : std::uint8_t { connect, jira, custom };
    Kind kind = Kind::connect;
    std::vector<Millis> waits = {};  ///< For custom: 0 to 100 waits of 1 ms to 30 days. Empty: never again.
    double jitter = 0.2;             ///< For custom: 0 to 1.
    bool operator==(const Retry&) const = default;
};

/// What can be set per server, tenant and add-on; what is not set comes from the level above.
struct DeliveryDefaults {
    std::optional<Retry> retry = {};
    std::optional<Millis> connect_timeout = {};     ///< 1 ms to 5 min.
    std::optional<Millis> answer_timeout = {};      ///< 1 ms to 5 min.
    std::optional<std::uint32_t> concurrency = {};  ///< Parallel calls per receiver, 1 to 1000.
    bool operator==(const DeliveryDefaults&) const = default;
};

/// `own` where it says something, else `above`.
DeliveryDefaults resolve(const DeliveryDefaults& own, const DeliveryDefaults& above);

/// Which deliveries of an add-on wait for each other.
struct Ordering {
    enum class Kind : std::uint8_t { none, receiver, variable };
    Kind kind = Kind::none;
    std::string variable = {};  ///< With `variable`, such as "issue.key".
    bool operator==(const Ordering&) const = default;
};

struct CustomHeader {
    std::string name;  ///< As written; unique but for case.
    Secret value;
    bool operator==(const CustomHeader&) const = default;
};

/// The settings of one installation. A value.
struct Settings {
    InstallSigning install_signing = InstallSigning::automatic;
    DeliveryDefaults delivery;
    std::optional<wire::Rate> rate;  ///< None: unlimited.
    Ordering ordering;
    bool standard_webhooks = false;
    std::string ca;  ///< PEM certificates; empty: the server's authorities.
    std::vector<CustomHeader> headers;  ///< In the order in which they were set.

    bool operator==(const Settings&) const = default;
};

/// A change of one setting: nothing, back to the default (JSON null), or a new value.
template <class T>
using Change = std::optional<std::optional<T>>;

struct HeaderChange {
    std::string name;
    std::optional<Secret> value;  ///< None: the header goes.
};

/// A body of PATCH (RFC 7396: absent stays, null goes back to the default; `headers` changes name by name, and the
/// value "***" that answers show leaves a header as it is).
struct SettingsPatch {
    Change<InstallSigning> install_signing;
    Change<Retry> retry;
    Change<Millis> connect_timeout;
    Change<Millis> answer_timeout;
    Change<std::uint32_t> concurrency;
    Change<wire::Rate> rate;
    Change<Ordering> ordering;
    Change<bool> standard_webhooks;
    Change<std::string> ca;
    Change<std::vector<HeaderChange>> headers;

    void apply_to(Settings& settings) const;
    /// Only the members that a tenant has.
    void apply_to(DeliveryDefaults& defaults) const;
};

/// Which members a body may have: an add-on's all, a tenant's or server's those of DeliveryDefaults.
enum class SettingsOf : std::uint8_t { addon, tenant };

/// Reads a body. `body` is a value in checked JSON; `pointer` is where it stands in the document that the
/// findings' pointers are about ("" or "/settings"). An unknown member is a fault.
tl::expected<SettingsPatch, Findings> parse_settings(wire::JsonView body, std::string_view pointer = "",
                                                     SettingsOf settings_of = SettingsOf::addon);

/// As answers show them: everything is there, null where the level above decides, header values as "***".
std::string to_json(const Settings& settings);
/// {"retry":...,"timeouts":...,"concurrency":...}
std::string to_json(const DeliveryDefaults& defaults);

}  // namespace posthorn::registry

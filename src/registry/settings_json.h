#pragma once
// Settings as JSON objects, for the answers and rows that hold them.

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "registry/row_json.h"
#include "registry/sealing.h"
#include "registry/settings.h"

namespace posthorn::registry {

std::optional<InstallSigning> parse_install_signing(std::string_view text);

/// As to_json() has them.
boost::json::object to_json_object(const Settings& settings);
boost::json::object to_json_object(const DeliveryDefaults& defaults);

/// As a row keeps them, header values sealed by `key` under `identity`.
boost::json::object to_row_object(const Settings& settings, const MasterKey& key, std::string_view identity);
boost::json::object to_row_object(const DeliveryDefaults& defaults);
/// Faults are remembered in `reader`; a header that can't be unsealed is one.
Settings settings_from_row(RowReader& reader, const MasterKey& key, std::string_view identity);
DeliveryDefaults defaults_from_row(RowReader& reader);

}  // namespace posthorn::registry

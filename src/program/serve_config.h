#pragma once
// Where the options of `posthorn serve` come from: flag > environment > TOML file > default.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/serve_options.h"

namespace posthorn::program {

/// One option of api.md's table, by its name without dashes in front: "listen".
struct ServeSetting {
    enum class Kind { text, flag, list };
    std::string_view name;
    Kind kind = Kind::text;
    std::string_view value_name;  ///< For --help.
    std::string_view about;
};

/// Every setting, in the order of the table.
std::span<const ServeSetting> serve_settings();

/// "POSTHORN_ALLOW_RECEIVER" for "allow-receiver".
std::string variable_of(std::string_view setting);

/// What one place says of a setting.
struct GivenValue {
    std::vector<std::string> values;
    std::string place;  ///< "--listen", "POSTHORN_LISTEN", "posthorn.toml line 3".
};
using GivenValues = std::map<std::string, GivenValue, std::less<>>;

/// The settings that a TOML file has; `file` is its name for messages. Keys are the settings' names, with _ or -.
/// Errors: invalid, with the line: no TOML, an unknown key (with a near match), a value of the wrong kind.
Result<GivenValues> read_toml(std::string_view text, const std::string& file);

/// The settings in the environment, asked through `variable` (null: unset; an empty one counts as unset). The list of
/// POSTHORN_ALLOW_RECEIVER is separated by commas.
GivenValues read_environment(const std::function<const char*(const char*)>& variable);

/// The options, each from the first of the three that has it, checked. Errors: invalid; `where` is the place, and the
/// detail says what is allowed.
Result<ServeOptions> serve_options_of(const GivenValues& flags, const GivenValues& environment,
                                      const GivenValues& file);

}  // namespace posthorn::program

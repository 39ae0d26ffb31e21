#pragma once
// The JSON in a row's value: written and read with a version.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/moment.h"
#include "base/result.h"
#include "model/record.h"

namespace posthorn::registry {

/// Rows of version 1.x can be read by every program that reads 1.0: later minor versions only add members.
inline constexpr std::int64_t kRowMajorVersion = 1;

/// An object to add members to, with `"version":"1.0"` in it.
boost::json::object new_row_object();
model::RegistryRow make_row(std::string kind, std::string key, const boost::json::object& value);

/// Reads one object. What is missing or of the wrong type is remembered as a fault, and a neutral value given
/// back, so that a reader is a list of plain lines with one finish() at its end. Unknown members are ignored.
class RowReader {
public:
    /// Errors: corrupt (another kind, no value, no JSON object), unsupported (a newer major version).
    static Result<RowReader> open(const model::RegistryRow& row, std::string_view kind);
    /// An object inside a row.
    RowReader(boost::json::object object, std::string where) : object_(std::move(object)), where_(std::move(where)) {}

    std::string text(std::string_view name);
    std::string text_or_empty(std::string_view name);
    std::int64_t integer(std::string_view name);
    std::optional<std::int64_t> integer_if_there(std::string_view name);
    std::optional<double> number_if_there(std::string_view name);
    /// False when it is missing.
    bool flag(std::string_view name);
    Moment moment(std::string_view name);
    std::optional<Moment> moment_if_there(std::string_view name);
    /// Empty when it is missing.
    std::vector<std::string> texts(std::string_view name);
    boost::json::array list(std::string_view name);
    /// An empty object when it is missing.
    RowReader object(std::string_view name);
    std::optional<RowReader> object_if_there(std::string_view name);
    /// The members of the object itself.
    const boost::json::object& members() const { return object_; }

    /// For a value of the right type that makes no sense.
    void refuse(std::string_view name);
    /// Takes over the fault of an object inside.
    void absorb(RowReader&& inner);
    const std::string& where() const { return where_; }

    /// Errors: corrupt; names the member.
    Result<void> finish() const;

private:
    const boost::json::value* find(std::string_view name) const;

    boost::json::object object_;
    std::string where_;
    std::optional<std::string> fault_;
};

/// A list of texts as JSON.
boost::json::array to_json_list(const std::vector<std::string>& texts);

}  // namespace posthorn::registry

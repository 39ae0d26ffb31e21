#pragma once
// The fields of a JSON Schema as a list, for people.

#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace posthorn::program {

struct SchemaField {
    std::string path;  ///< "issue.fields.summary"; "[]" stands for the elements of a list.
    std::string type;  ///< "string", "string or null", "object", ...
    bool is_required = false;
};

/// The fields of `schema` in its order, references into its $defs followed, down to 4 levels; a schema inside itself
/// is told once.
std::vector<SchemaField> fields_of(const boost::json::object& schema);

}  // namespace posthorn::program

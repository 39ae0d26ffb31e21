#pragma once
// The members of one object, found in a single walk: for texts of which several members are asked.

#include <optional>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "wire/json.h"
#include "wire/json_keys.h"

namespace posthorn::wire {

/// Where each member of an object lies. Points into the object's text, which must have been checked and outlive it.
/// Any thread.
class JsonFields {
public:
    /// No members unless `object` is one.
    explicit JsonFields(JsonView object);

    /// What check_json says, and the members of what it took: of text that has to be checked anyway, in one walk.
    /// Errors: as check_json.
    static Result<JsonFields> checked(std::string_view text);

    bool is_object() const { return !raw_.empty(); }
    /// As JsonView::find: the first member whose decoded key is `key`.
    std::optional<JsonView> find(std::string_view key) const;
    /// The whole object as it stands in the text; empty for other kinds.
    std::string_view raw() const { return raw_; }
    /// The decoded key that is there twice; nothing when all differ.
    std::optional<std::string> first_duplicate() const;

private:
    struct Field {
        std::string_view raw_key;
        std::string_view value;
    };
    JsonFields(std::string_view checked, const JsonKeys& keys);

    std::string_view raw_;
    // What events have at their top is a handful; more of it costs an allocation.
    boost::container::small_vector<Field, kJsonKeysUsual> fields_;
    bool has_escaped_key_ = false;
};

}  // namespace posthorn::wire

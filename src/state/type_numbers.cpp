#include "state/type_numbers.h"

namespace posthorn::state {

Result<TypeNumber> TypeNumbers::number_of(std::string_view name) {
    POSTHORN_TRY(const auto known, find(name));
    if (known) return *known;
    POSTHORN_TRY(auto insert, database_.prepare("INSERT INTO types(name) VALUES(?)"));
    POSTHORN_CHECK(insert.bind(name).run());
    const TypeNumber number = sqlite3_last_insert_rowid(database_.handle());
    numbers_.emplace(name, number);
    return number;
}

Result<std::optional<TypeNumber>> TypeNumbers::find(std::string_view name) {
    if (const auto known = numbers_.find(name); known != numbers_.end()) return std::optional(known->second);
    POSTHORN_TRY(auto select, database_.prepare("SELECT number FROM types WHERE name = ?"));
    POSTHORN_TRY(const bool found, select.bind(name).step());
    if (!found) return std::optional<TypeNumber>();
    numbers_.emplace(name, select.integer(0));
    return std::optional(select.integer(0));
}

Result<std::string_view> TypeNumbers::name_of(TypeNumber number) {
    auto known = names_.find(number);
    if (known == names_.end()) {
        POSTHORN_TRY(auto select, database_.prepare("SELECT name FROM types WHERE number = ?"));
        POSTHORN_TRY(const bool found, select.bind(number).step());
        if (!found)
            return fail(Errc::corrupt,
                        "A row names event type " + std::to_string(number) + ", which is not in the store",
                        database_.file());
        known = names_.emplace(number, select.bytes(0)).first;
    }
    return std::string_view(known->second);
}

void TypeNumbers::forget() {
    numbers_.clear();
    names_.clear();
}

}  // namespace posthorn::state

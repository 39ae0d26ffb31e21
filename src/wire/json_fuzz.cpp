#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include <boost/json/parse.hpp>

#include "wire/json_fields.h"
#include "wire/json_place.h"
#include "wire/percent.h"

namespace {

using namespace posthorn::wire;

void require(bool holds) {
    if (!holds) std::abort();
}

void visit(JsonView view) {
    const std::string_view raw = view.raw();
    require(check_json(raw).has_value());
    if (view.is_string()) {
        const std::string content = view.string();
        require(is_utf8(content));
        require(view.string_is(content));
    }
    const JsonFields fields(view);
    const auto of_check = JsonFields::checked(raw);
    for (const auto& each : {fields, *of_check}) {
        require(each.is_object() == view.is_object());
        if (view.is_object()) require(each.raw() == raw);
        require(each.first_duplicate() == fields.first_duplicate());
    }
    for (const JsonMember& member : view.members()) {
        require(member.key_is(member.key()));
        const auto value = view.find(member.key())->raw();
        for (const auto& each : {fields, *of_check}) {
            const auto field = each.find(member.key());
            require(field.has_value() && field->raw() == value);
        }
        require(view.find(member.key()).has_value());
        visit(member.value);
    }
    for (const JsonView element : view.elements()) visit(element);
    view.number();
    view.integer();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const bool is_json = check_json(text).has_value();

    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    boost::json::error_code code;
    boost::json::parse({text.data(), text.size()}, code, {}, options);
    require(is_json || code);  // What Boost.JSON takes, we take.

    if (is_json && size < 4096) visit(JsonView(text));
    if (is_json) offset_of(text, "/a/0/b");
    place_of(text, size / 2);
    require(check_json(json_string(text)).has_value());
    return 0;
}

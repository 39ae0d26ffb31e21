#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "wire/json.h"
#include "wire/percent.h"

namespace posthorn::wire {
namespace {

namespace json = boost::json;

// A random value, at most `depth` containers deep.
rc::Gen<json::value> any_value(int depth) {
    const auto leaf = rc::gen::oneOf(
        rc::gen::just(json::value(nullptr)), rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return json::value(b); }),
        rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t n) { return json::value(n); }),
        rc::gen::map(rc::gen::container<std::string>(rc::gen::inRange<char>(0x01, 0x7F)),
                     [](const std::string& s) { return json::value(json::string(s)); }));
    if (depth == 0) return leaf;
    const auto list = rc::gen::map(
        rc::gen::container<std::vector<json::value>>(rc::gen::lazy([depth] { return any_value(depth - 1); })),
        [](const std::vector<json::value>& values) { return json::value(json::array(values.begin(), values.end())); });
    const auto object = rc::gen::map(
        rc::gen::container<std::vector<std::pair<std::string, json::value>>>(rc::gen::pair(
            rc::gen::container<std::string>(rc::gen::inRange<char>(0x20, 0x7F)),
            rc::gen::lazy([depth] { return any_value(depth - 1); }))),
        [](const std::vector<std::pair<std::string, json::value>>& members) {
            json::object made;
            for (const auto& [key, value] : members) made[key] = value;
            return json::value(made);
        });
    return rc::gen::oneOf(leaf, list, object);
}

void expect_same(const JsonView& view, const json::value& value) {
    switch (value.kind()) {
        case json::kind::object:
            RC_ASSERT(view.is_object());
            RC_ASSERT(view.size() == value.get_object().size());
            for (const auto& [key, member] : value.get_object()) {
                const auto found = view.find(key);
                RC_ASSERT(found.has_value());
                std::string pointer;
                append_pointer_step(pointer, key);
                RC_ASSERT(view.at_pointer(pointer)->raw() == found->raw());
                expect_same(*found, member);
            }
            break;
        case json::kind::array: {
            std::size_t i = 0;
            for (const JsonView element : view.elements()) expect_same(element, value.get_array().at(i++));
            RC_ASSERT(i == value.get_array().size());
            break;
        }
        case json::kind::string:
            RC_ASSERT(view.string() == std::string_view(value.get_string()));
            RC_ASSERT(view.string_is(value.get_string()));
            break;
        default:
            RC_ASSERT(view.raw() == json::serialize(value));
    }
}

RC_GTEST_PROP(JsonProperties, ViewsShowWhatBoostJsonReads, ()) {
    const json::value value = *any_value(3);
    const std::string text = json::serialize(value);
    RC_ASSERT(check_json(text).has_value());
    expect_same(JsonView(text), value);
}

RC_GTEST_PROP(JsonProperties, AnyBytesBecomeAStringThatIsJson, (const std::string& bytes)) {
    const std::string text = json_string(bytes);
    RC_ASSERT(check_json(text).has_value());
    if (is_utf8(bytes)) RC_ASSERT(JsonView(text).string() == bytes);
}

RC_GTEST_PROP(JsonProperties, DamagedTextIsJudgedAsBoostJsonDoes, ()) {
    std::string text = json::serialize(*any_value(3));
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::elementOf(std::string("{}[]\",:0 x\\\x01\x80"));
    json::error_code code;
    json::parse(text, code);
    // check_json takes more in two cases only, neither of which one changed byte can make here.
    RC_ASSERT(check_json(text).has_value() == !code);
}

}  // namespace
}  // namespace posthorn::wire

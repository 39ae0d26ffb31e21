#include <random>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "wire/json.h"
#include "wire/percent.h"

namespace posthorn::wire {
namespace {

namespace json = boost::json;

// A random value, at most `depth` containers deep. Drawn from one seed, because nested generators of
// rapidcheck take a minute for what this does in an instant.
json::value any_value(std::mt19937& random, int depth) {
    const auto below = [&random](std::uint32_t limit) { return random() % limit; };
    const auto text = [&] {
        static constexpr std::string_view alphabet[] = {"a", "\"", "\\", "\x01", "/", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                                        "]", "}",  ","};
        json::string made;
        for (auto left = below(6); left > 0; --left) made += alphabet[below(std::size(alphabet))];
        return made;
    };
    switch (below(depth > 0 ? 7 : 4)) {
        case 0: return nullptr;
        case 1: return below(2) == 0;
        case 2: return static_cast<std::int64_t>(random()) - 0x7FFFFFFF;
        case 3: return text();
        case 4: {
            json::array list;
            for (auto left = below(5); left > 0; --left) list.push_back(any_value(random, depth - 1));
            return list;
        }
        default: {
            json::object object;
            for (auto left = below(5); left > 0; --left) object[text()] = any_value(random, depth - 1);
            return object;
        }
    }
}

json::value any_value() {
    std::mt19937 random(*rc::gen::arbitrary<std::uint32_t>());
    return any_value(random, 5);
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
        default: RC_ASSERT(view.raw() == json::serialize(value));
    }
}

RC_GTEST_PROP(JsonProperties, ViewsShowWhatBoostJsonReads, ()) {
    const json::value value = any_value();
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
    std::string text = json::serialize(any_value());
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::elementOf(std::string("{}[]\",:0 x\\\x01\x80"));
    json::error_code code;
    json::parse(text, code);
    // check_json takes more in two cases only, neither of which one changed byte can make here.
    RC_ASSERT(check_json(text).has_value() == !code);
}

}  // namespace
}  // namespace posthorn::wire

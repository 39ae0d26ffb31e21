// Laws of what this folder reads and writes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "catalogue/custom_type.h"
#include "catalogue/json_text.h"
#include "catalogue/payload_path.h"
#include "catalogue/sample.h"

namespace posthorn::catalogue {
namespace {

namespace json = boost::json;

const Catalogue& catalogue() {
    static const Catalogue built;
    return built;
}

/// 1 to 12 letters; longer ones make the properties slow and find no more.
std::string any_name() {
    const std::string letters = "abcxyzABCXYZ0189_:.-";
    std::string text;
    for (int i = *rc::gen::inRange(1, 13); i > 0; --i) text += *rc::gen::elementOf(letters);
    return text;
}

std::string any_pointer() {
    const std::vector<std::string> steps{"/a", "/b", "/0", "/~0", "/~1x", "/", "/caf\xc3\xa9", "/\"", "/\n"};
    std::string text;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) text += *rc::gen::elementOf(steps);
    return text;
}

/// Any JSON value, `depth` levels deep at most.
json::value any_value(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 8 : 6)) {
        case 0: return nullptr;
        case 1: return *rc::gen::arbitrary<bool>();
        case 2: return *rc::gen::arbitrary<std::int64_t>();
        case 3: return static_cast<double>(*rc::gen::arbitrary<std::int32_t>()) / 3.0;
        case 4:
            return json::value(*rc::gen::elementOf(std::vector<std::string>{"", "x", "\"\\\n\x01", "\xe2\x82\xac"}));
        case 5: return json::value(any_name());
        case 6: {
            json::array list;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i) list.push_back(any_value(depth - 1));
            return list;
        }
        default: {
            json::object object;
            for (int i = *rc::gen::inRange(0, 4); i > 0; --i) object[any_name()] = any_value(depth - 1);
            return object;
        }
    }
}

RC_GTEST_PROP(CatalogueProperty, ACustomTypeThatIsWrittenAndReadAgainIsTheSame, ()) {
    CustomType custom;
    custom.type.product = *rc::gen::element(Product::jira, Product::confluence);
    custom.type.name = any_name();
    RC_PRE(catalogue().find(custom.type.product, custom.type.name) == nullptr);
    custom.type.group = any_name();
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
        Variable variable{any_name(), {}};
        for (int j = *rc::gen::inRange(1, 4); j > 0; --j) variable.pointers.push_back(any_pointer());
        if (find_variable(custom.type, variable.name) == nullptr) custom.type.variables.push_back(std::move(variable));
    }
    json::object sample;
    sample["a"] = any_value(3);
    custom.sample = to_text(sample, JsonStyle::compact);
    custom.schema = to_text(json::object{{"x", any_value(3)}}, JsonStyle::compact);
    const auto read = parse_custom_type(catalogue(), custom.type.product, to_json(custom));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == custom);
}

RC_GTEST_PROP(CatalogueProperty, TextOfAnyValueReadsBackEqual, ()) {
    const auto value = any_value(4);
    RC_ASSERT(*parse_text(to_text(value, JsonStyle::compact)) == value);
    RC_ASSERT(*parse_text(to_text(value, JsonStyle::pretty)) == value);
}

RC_GTEST_PROP(CatalogueProperty, APathThatWasSetHoldsTheValueAndARefusedOneChangesNothing, ()) {
    const auto types = catalogue().types(*rc::gen::element(Product::jira, Product::confluence));
    const auto& type = types[*rc::gen::inRange<std::size_t>(0, types.size())];
    auto sample = make_sample(catalogue(), type, {.now = from_epoch_ms(*rc::gen::inRange(0, 1 << 30))});
    const std::vector<std::string> known{"issue", "page", "fields",    "labels", "id",
                                         "0",     "2",    "timestamp", "new",    "user"};
    const auto steps = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(known)));
    RC_PRE(steps.size() <= 32U);
    std::string path;
    for (const auto& step : steps) path += (path.empty() ? "" : ".") + step;
    const std::vector<std::string_view> views(steps.begin(), steps.end());
    const auto value = any_value(2);

    const auto before = sample.payload;
    const auto* present = find_path(sample.payload, views);
    const bool was_string = present != nullptr && present->is_string();
    const bool done = set_path(sample, type, path, to_text(value, JsonStyle::compact)).has_value();
    if (!done) {
        RC_ASSERT(sample.payload == before);
        return;
    }
    const auto* found = find_path(sample.payload, views);
    RC_ASSERT(found != nullptr);
    const bool stays_string = was_string && !value.is_string() && !value.is_null();
    RC_ASSERT(*found == (stays_string ? json::value(to_text(value, JsonStyle::compact)) : value));
}

}  // namespace
}  // namespace posthorn::catalogue

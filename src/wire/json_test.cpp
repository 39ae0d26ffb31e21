#include "wire/json_fields.h"

#include <gtest/gtest.h>

#include "wire/json_place.h"

namespace posthorn::wire {
namespace {

std::string fault_of(std::string_view text) {
    const auto checked = check_json(text);
    return checked ? "" : checked.error().detail;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(CheckJson, TakesWhatTheGrammarAllows) {
    for (const std::string_view text :
         {"{}", " [ ] \n", "null", "true", "-0", "0.5e-7", "\"\"", R"("\u00e9\n\/\ud83d\ude00")",
          R"({"a":{"b":[1,2,{"c":null}]},"a":2})", "\"\x7f\"", "\"\xF0\x9F\x98\x80\""}) {
        EXPECT_EQ(fault_of(text), "") << text;
    }
}

TEST(CheckJson, TakesNumbersOfAnySize) {
    EXPECT_EQ(fault_of(std::string(5000, '9')), "");
    EXPECT_EQ(fault_of("[1e400, -1e-400, 0e0]"), "");
    EXPECT_EQ(fault_of("1e99999999999999999999"), "");
    EXPECT_EQ(fault_of("{\"a\":[-1.5E-99999999999999,2E+2147483648]}"), "");
}

TEST(CheckJson, StillRefusesWhatIsWrongBesideAHugeExponent) {
    EXPECT_EQ(fault_of("[1e99999999999 2]"), "line 1, column 16: found `2`, expected `,` or `]`");
    EXPECT_EQ(fault_of("[1e99999999999.5]"), "line 1, column 15: found `.`, expected `,` or `]`");
    EXPECT_NE(fault_of("[e99999999999]"), "");
    EXPECT_NE(fault_of("[1ee99999999999]"), "");
    EXPECT_NE(fault_of("[\"1e99999999999]"), "");
}

TEST(CheckJson, TakesEscapesOfLoneSurrogates) {
    EXPECT_EQ(fault_of(R"("cut off \ud83d")"), "");
    EXPECT_EQ(fault_of(R"("\ude00 \ud83d\u0041 \ud83d\ud83d\ude00")"), "");
    EXPECT_NE(fault_of(R"("\ud83")"), "");
    EXPECT_NE(fault_of("\"\\ud83d"), "");
}

TEST(CheckJson, SaysWhereAndWhat) {
    EXPECT_EQ(fault_of(""), "line 1, column 1: the text ends, expected a JSON value, but it is empty");
    EXPECT_EQ(fault_of("{\"a\": 1,\n \"b\": }"), "line 2, column 7: found `}`, expected a value");
    EXPECT_EQ(fault_of("{\"a\": 1,}"), "line 1, column 9: found `}`, expected a key in double quotes");
    EXPECT_EQ(fault_of("{a: 1}"), "line 1, column 2: found `a`, expected a key in double quotes or `}`");
    EXPECT_EQ(fault_of("{\"a\" 1}"), "line 1, column 6: found `1`, expected `:`");
    EXPECT_EQ(fault_of("[1, 2"), "line 1, column 6: the text ends, expected `,` or `]`");
    EXPECT_EQ(fault_of("[1]]"), "line 1, column 4: found `]`, expected the end of the text");
    EXPECT_EQ(fault_of("[\"abc]"), "line 1, column 2: a string starts here that is not closed");
    EXPECT_EQ(fault_of("[\"a\tb\"]"),
              "line 1, column 4: a string holds the control character U+0009, which must be escaped");
    EXPECT_EQ(fault_of("\"\\x\""), "line 1, column 2: an escape that JSON does not have");
    EXPECT_EQ(fault_of("\"\\u12g4\""), "line 1, column 2: `\\u` needs four hex digits");
    EXPECT_EQ(fault_of("[01]"), "line 1, column 2: a number starts with a needless 0");
    EXPECT_EQ(fault_of("[1.]"), "line 1, column 4: found `]`, expected a digit behind the point");
    EXPECT_EQ(fault_of("[+1]"), "line 1, column 2: found `+`, expected a value");
    EXPECT_EQ(fault_of("[True]"), "line 1, column 2: found `T`, expected a value");
    EXPECT_EQ(fault_of("\xEF\xBB\xBF{}"), "line 1, column 1: found a byte order mark, which JSON does not allow");
}

TEST(CheckJson, RefusesBytesThatAreNotUtf8) {
    EXPECT_EQ(fault_of("[\"\xC3\xA9\", \"a\xFF\"]"), "line 1, column 9: bytes that are not UTF-8");
    EXPECT_NE(fault_of("\"\xED\xA0\x80\""), "");  // An encoded surrogate.
    EXPECT_NE(fault_of("\"\xC0\xAF\""), "");      // An overlong form.
    EXPECT_NE(fault_of("\"\xF4\x90\x80\x80\""), "");
    EXPECT_NE(fault_of("\"\xE2\x82\""), "");
}

TEST(CheckJson, LimitsTheDepth) {
    EXPECT_EQ(fault_of(nested(kJsonDepthMax)), "");
    EXPECT_EQ(fault_of(nested(kJsonDepthMax + 1)),
              "line 1, column 513: more than 512 objects and lists inside each other");
    EXPECT_NE(fault_of(std::string(1'000'000, '[')), "");
}

TEST(JsonView, ShowsKindAndTokenAsWritten) {
    const JsonView view(R"( {"n":1.50E+2, "s": "a\"]}", "o" : { "x" : [ ] } ,"t":true,"f":false,"z":null} )");
    EXPECT_EQ(view.kind(), JsonKind::object);
    EXPECT_EQ(view.find("n")->kind(), JsonKind::number);
    EXPECT_EQ(view.find("n")->raw(), "1.50E+2");
    EXPECT_EQ(view.find("s")->raw(), R"("a\"]}")");
    EXPECT_EQ(view.find("s")->string(), "a\"]}");
    EXPECT_EQ(view.find("o")->raw(), R"({ "x" : [ ] })");
    EXPECT_EQ(view.find("t")->boolean(), true);
    EXPECT_EQ(view.find("f")->boolean(), false);
    EXPECT_TRUE(view.find("z")->is_null());
    EXPECT_FALSE(view.find("missing"));
    EXPECT_EQ(view.size(), 6u);
    EXPECT_TRUE(JsonView().is_null());
    EXPECT_EQ(JsonView(" 17 ").raw(), "17");
}

TEST(JsonView, SeesThroughEscapesAndBackslashes) {
    const JsonView view(R"({"a\\":"\\\\\"","\u006bey":"\ud83d\ude00","lone":"x\ud83dy"})");
    EXPECT_EQ(view.find("a\\")->string(), "\\\\\"");
    EXPECT_EQ(view.find("key")->string(), "\xF0\x9F\x98\x80");
    EXPECT_FALSE(view.find("key")->plain_string());
    EXPECT_EQ(view.find("lone")->string(), "x\xEF\xBF\xBDy");
    EXPECT_FALSE(view.find("\\u006bey"));
    EXPECT_TRUE(view.find("key")->string_is("\xF0\x9F\x98\x80"));
    EXPECT_FALSE(view.find("key")->string_is("k"));
}

TEST(JsonView, FindsByPointer) {
    const JsonView view(R"({"issue":{"key":"ABC-1","list":[10,[20],{"a/b":{"~":true}}]},"":{"":7}})");
    EXPECT_EQ(view.at_pointer("/issue/key")->plain_string(), "ABC-1");
    EXPECT_EQ(view.at_pointer("/issue/list/0")->integer(), 10);
    EXPECT_EQ(view.at_pointer("/issue/list/1/0")->integer(), 20);
    EXPECT_EQ(view.at_pointer("/issue/list/2/a~1b/~0")->boolean(), true);
    EXPECT_EQ(view.at_pointer("//")->integer(), 7);
    EXPECT_EQ(view.at_pointer("")->raw(), view.raw());
    for (const std::string_view missing :
         {"/issue/list/3", "/issue/list/01", "/issue/list/-", "/issue/list/-1", "/issue/key/x", "issue", "/issue/~2",
          "/issue/", "/issue/list/99999999999999999999"}) {
        EXPECT_FALSE(view.at_pointer(missing)) << missing;
    }
}

TEST(JsonView, GoesThroughMembersAndElementsInOrder) {
    std::string seen;
    for (const JsonMember& member : JsonView(R"({ "b" : 1 , "a" : [ 2 ] })").members()) {
        seen += member.key() + "=" + std::string(member.value.raw()) + ";";
    }
    for (const JsonView element : JsonView(R"([ "x" , {} ,3 ])").elements()) seen += std::string(element.raw()) + ";";
    EXPECT_EQ(seen, R"(b=1;a=[ 2 ];"x";{};3;)");
    EXPECT_EQ(JsonView("[ ]").size(), 0u);
    EXPECT_EQ(JsonView("{\n}").size(), 0u);
    EXPECT_EQ(JsonView("3").size(), 0u);
}

TEST(JsonView, ReadsNumbers) {
    EXPECT_EQ(JsonView("-9223372036854775808").integer(), INT64_MIN);
    EXPECT_FALSE(JsonView("9223372036854775808").integer());
    EXPECT_FALSE(JsonView("1.0").integer());
    EXPECT_FALSE(JsonView("1e3").integer());
    EXPECT_FALSE(JsonView("\"1\"").integer());
    EXPECT_EQ(JsonView("1e3").number(), 1000.0);
    EXPECT_EQ(JsonView("1e-999").number(), 0.0);
    EXPECT_EQ(JsonView("-1e999").number(), -std::numeric_limits<double>::infinity());
    EXPECT_FALSE(JsonView("null").number());
}

TEST(JsonFields, AreTheSameFoundByTheCheckOrInAWalkOfTheirOwn) {
    for (const std::string_view text :
         {R"({"a":1,"b":{"a":[2,{"c":3}]},"c":"x"})", " {\n\"a\" :\t[ ] , \"b\":{ } \r} ", "{}", "{ }",
          R"({"":{"":""}})", R"({"a\"b":1,"c":"\"}"})", R"({"\u0061":1,"b":2})", R"({"\u0061":1,"\n":2})",
          R"({"b":2,"a\n":1})", R"({"a":1e99999999999,"b":2})", R"({"a":"\ud800","b":2})", "[{\"a\":1}]", "7"}) {
        const auto checked = JsonFields::checked(text);
        const JsonFields walked{JsonView(text)};
        ASSERT_TRUE(checked.has_value()) << text;
        EXPECT_EQ(checked->is_object(), walked.is_object()) << text;
        EXPECT_EQ(checked->raw(), walked.raw()) << text;
        for (const auto& member : JsonView(text).members()) {
            const auto found = checked->find(member.key());
            ASSERT_TRUE(found.has_value()) << text;
            EXPECT_EQ(found->raw(), member.value.raw()) << text;
            EXPECT_EQ(found->raw(), walked.find(member.key())->raw()) << text;
        }
    }
    EXPECT_FALSE(JsonFields::checked(R"({"a":1)"));
    EXPECT_FALSE(JsonFields::checked(""));
}

TEST(FirstDuplicateKey, ComparesDecodedKeysOfTheTopLevelOnly) {
    EXPECT_FALSE(JsonFields(JsonView(R"({"a":1,"b":{"a":2,"a":3}})")).first_duplicate());
    EXPECT_EQ(JsonFields(JsonView(R"({"a":1,"b":2,"a":3})")).first_duplicate(), "a");
    EXPECT_EQ(JsonFields(JsonView(R"({"a":1,"\u0061":3})")).first_duplicate(), "a");
    EXPECT_FALSE(JsonFields(JsonView(R"({"a":1,"\\u0061":3})")).first_duplicate());
    EXPECT_FALSE(JsonFields(JsonView("[1,1]")).first_duplicate());
}

TEST(FirstDuplicateKey, WorksForManyKeysToo) {
    std::string text = "{";
    for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    EXPECT_FALSE(JsonFields(JsonView(text + "\"z\":1}")).first_duplicate());
    EXPECT_EQ(JsonFields(JsonView(text + "\"k99\":1}")).first_duplicate(), "k99");
}

TEST(JsonString, EscapesWhatMustBe) {
    EXPECT_EQ(json_string("a\"b\\c\n\r\t\x01\x1F/"), R"("a\"b\\c\n\r\t\u0001\u001f/")");
    EXPECT_EQ(json_string("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    EXPECT_EQ(json_string(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(JsonString, MakesJsonOfAnyBytes) {
    EXPECT_EQ(json_string("a\xFF\xC3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\"");
    EXPECT_EQ(fault_of(json_string("\x80\xE2\x82 \xED\xA0\x80")), "");
}

TEST(JsonPointer, EscapesItsSteps) {
    std::string pointer = "/modules";
    append_pointer_step(pointer, "a/b~c");
    EXPECT_EQ(pointer, "/modules/a~1b~0c");
}

TEST(Place, CountsLinesAndCharactersFromOne) {
    const std::string_view text = "ab\n\xC3\xA9x\r\ny\rz";
    EXPECT_EQ(place_of(text, 0), (Place{1, 1}));
    EXPECT_EQ(place_of(text, 2), (Place{1, 3}));
    EXPECT_EQ(place_of(text, 3), (Place{2, 1}));
    EXPECT_EQ(place_of(text, 5), (Place{2, 2}));
    EXPECT_EQ(place_of(text, 8), (Place{3, 1}));
    EXPECT_EQ(place_of(text, 10), (Place{4, 1}));
    EXPECT_EQ(place_of(text, 1000), place_of(text, text.size()));
}

TEST(Place, OfAPointerIsTheValuesStart) {
    const std::string_view text = " {\"a\": {\"b\": [1, 22]}}";
    EXPECT_EQ(offset_of(text, ""), 1u);
    EXPECT_EQ(offset_of(text, "/a"), 7u);
    EXPECT_EQ(offset_of(text, "/a/b/1"), 17u);
}

TEST(Place, OfAMissingMemberIsItsNearestParent) {
    const std::string_view text = " {\"a\": {\"b\": [1, 22]}}";
    EXPECT_EQ(offset_of(text, "/a/missing"), 7u);
    EXPECT_EQ(offset_of(text, "/a/missing/deeper"), 7u);
    EXPECT_EQ(offset_of(text, "/a/b/9"), 13u);
    EXPECT_EQ(offset_of(text, "/x/y"), 1u);
    EXPECT_EQ(offset_of(text, "nonsense"), 1u);
}

}  // namespace
}  // namespace posthorn::wire

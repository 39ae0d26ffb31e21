#include "program/serve_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::program {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

GivenValues flags_of(std::map<std::string, std::string> values) {
    GivenValues given;
    for (auto& [name, value] : values) given[name] = {{value}, "--" + name};
    return given;
}

GivenValues environment_of(std::map<std::string, std::string> values) {
    return read_environment([&](const char* name) -> const char* {
        const auto found = values.find(name);
        return found != values.end() ? found->second.c_str() : nullptr;
    });
}

std::string refusal(const GivenValues& flags, const GivenValues& environment = {}, const GivenValues& file = {}) {
    const auto options = serve_options_of(flags, environment, file);
    return options ? "accepted" : to_string(options.error());
}

std::string toml_refusal(std::string_view text) {
    const auto read = read_toml(text, "posthorn.toml");
    return read ? "accepted" : to_string(read.error());
}

TEST(ServeConfigTest, NothingGivenMeansTheDefaults) {
    const auto options = serve_options_of({}, {}, {});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->listen, "localhost:8080");
    EXPECT_EQ(options->data, "./posthorn-data");
    EXPECT_EQ(options->store, "embedded");
    EXPECT_FALSE(options->dev);
    EXPECT_EQ(options->retention, std::chrono::days(14));
    EXPECT_EQ(options->drain, 10s);
    EXPECT_EQ(options->store_limit, 0U);
    EXPECT_EQ(options->backlog_limit, 10'000'000U);
    EXPECT_EQ(options->log_format, LogFormat::automatic);
}

TEST(ServeConfigTest, AFlagGoesBeforeTheEnvironmentAndThatBeforeTheFile) {
    const auto file = read_toml("listen = \"127.0.0.1:1\"\ndata = \"file\"\nretention = \"1d\"\n", "posthorn.toml");
    ASSERT_TRUE(file);
    const auto environment = environment_of({{"POSTHORN_LISTEN", "127.0.0.1:2"}, {"POSTHORN_DATA", "environment"}});
    const auto options = serve_options_of(flags_of({{"listen", "127.0.0.1:3"}}), environment, *file);
    ASSERT_TRUE(options) << to_string(options.error());
    EXPECT_EQ(options->listen, "127.0.0.1:3");
    EXPECT_EQ(options->data, "environment");
    EXPECT_EQ(options->retention, std::chrono::days(1));
}

TEST(ServeConfigTest, EverySettingCanStandInTheEnvironmentAndInTheFile) {
    const std::map<std::string, std::string> values{{"listen", "[::1]:0"},   {"data", "d"},
                                                    {"store", "embedded"},   {"public-url", "https://a.example/x/"},
                                                    {"dev", "true"},         {"allow-receiver", "10.0.0.0/8"},
                                                    {"ca-file", "ca.pem"},   {"tls-cert", "c.pem"},
                                                    {"tls-key", "k.pem"},    {"master-key-file", "m"},
                                                    {"admin-key-file", "a"}, {"retention", "2h"},
                                                    {"log-format", "json"},  {"drain", "3s"},
                                                    {"store-limit", "50GB"}, {"backlog-limit", "1000"}};
    std::map<std::string, std::string> variables;
    std::string toml;
    for (const auto& [name, value] : values) {
        variables[variable_of(name)] = value;
        toml += name + " = " + (name == "dev" ? value : "\"" + value + "\"") + "\n";
    }
    ASSERT_EQ(values.size(), serve_settings().size());
    const auto file = read_toml(toml, "posthorn.toml");
    ASSERT_TRUE(file) << to_string(file.error());
    for (const auto& options : {serve_options_of({}, environment_of(variables), {}), serve_options_of({}, {}, *file)}) {
        ASSERT_TRUE(options) << to_string(options.error());
        EXPECT_EQ(options->listen, "[::1]:0");
        EXPECT_EQ(options->public_url, "https://a.example/x");
        EXPECT_TRUE(options->dev);
        EXPECT_THAT(options->allow_receiver, ElementsAre("10.0.0.0/8"));
        EXPECT_EQ(options->ca_file + options->tls_cert + options->tls_key, "ca.pemc.pemk.pem");
        EXPECT_EQ(options->master_key_file + options->admin_key_file, "ma");
        EXPECT_EQ(options->retention, 2h);
        EXPECT_EQ(options->drain, 3s);
        EXPECT_EQ(options->store_limit, 50'000'000'000U);
        EXPECT_EQ(options->backlog_limit, 1000U);
        EXPECT_EQ(options->log_format, LogFormat::json);
    }
}

TEST(ServeConfigTest, AListIsSeparatedByCommasInTheEnvironment) {
    const auto options =
        serve_options_of({}, environment_of({{"POSTHORN_ALLOW_RECEIVER", "10.0.0.0/8, fd00::/8,"}}), {});
    ASSERT_TRUE(options);
    EXPECT_THAT(options->allow_receiver, ElementsAre("10.0.0.0/8", "fd00::/8"));
    const auto file = read_toml("allow_receiver = [\"10.1.0.0/16\", \"::1\"]", "f");
    ASSERT_TRUE(file);
    EXPECT_THAT(serve_options_of({}, {}, *file)->allow_receiver, ElementsAre("10.1.0.0/16", "::1"));
}

TEST(ServeConfigTest, AFlagCanTurnOffWhatTheFileTurnsOn) {
    const auto file = read_toml("dev = true", "f");
    ASSERT_TRUE(file);
    EXPECT_TRUE(serve_options_of({}, {}, *file)->dev);
    EXPECT_FALSE(serve_options_of({}, environment_of({{"POSTHORN_DEV", "0"}}), *file)->dev);
    EXPECT_FALSE(serve_options_of(flags_of({{"dev", "false"}}), {}, *file)->dev);
}

TEST(ServeConfigTest, AnEmptyVariableIsAsGoodAsNone) {
    EXPECT_EQ(serve_options_of({}, environment_of({{"POSTHORN_LISTEN", ""}}), {})->listen, "localhost:8080");
}

TEST(ServeConfigTest, AWrongValueIsToldWithItsPlaceAndARemedy) {
    EXPECT_THAT(refusal(flags_of({{"retention", "2 weeks"}})), HasSubstr("--retention: '2 weeks'"));
    EXPECT_THAT(refusal(flags_of({{"retention", "2 weeks"}})), HasSubstr("14d"));
    EXPECT_THAT(refusal({}, environment_of({{"POSTHORN_LISTEN", "8080"}})), HasSubstr("POSTHORN_LISTEN: "));
    EXPECT_THAT(refusal({}, environment_of({{"POSTHORN_DEV", "maybe"}})), HasSubstr("POSTHORN_DEV: 'maybe'"));
    EXPECT_THAT(refusal(flags_of({{"allow-receiver", "10.0.0.1/8"}})), HasSubstr("--allow-receiver"));
    EXPECT_THAT(refusal(flags_of({{"public-url", "hooks.example.com"}})), HasSubstr("https://posthorn.example.com"));
    EXPECT_THAT(refusal(flags_of({{"log-format", "xml"}})), HasSubstr("'text' or 'json'"));
    EXPECT_THAT(refusal(flags_of({{"store", "sqlite"}})), HasSubstr("embedded"));
    EXPECT_THAT(refusal(flags_of({{"tls-cert", "c.pem"}})), HasSubstr("--tls-key"));
    EXPECT_THAT(refusal(flags_of({{"data", ""}})), HasSubstr("--data: is empty"));
    const auto file = read_toml("\nlog-format = \"xml\"", "posthorn.toml");
    ASSERT_TRUE(file);
    EXPECT_THAT(refusal({}, {}, *file), HasSubstr("posthorn.toml line 2: log-format"));
}

TEST(ServeConfigTest, AnUnknownKeyOfTheFileIsAnErrorWithANearMatch) {
    const auto text = toml_refusal("listen = \"localhost:1\"\nretenton = \"1d\"\n");
    EXPECT_THAT(text, HasSubstr("posthorn.toml line 2"));
    EXPECT_THAT(text, HasSubstr("did you mean retention?"));
}

TEST(ServeConfigTest, AFileThatIsWrongIsToldWithItsLine) {
    EXPECT_THAT(toml_refusal("listen = \n"), HasSubstr("posthorn.toml line 1"));
    EXPECT_THAT(toml_refusal("dev = \"yes\""), HasSubstr("must be true or false"));
    EXPECT_THAT(toml_refusal("listen = 8080"), HasSubstr("must be a string"));
    EXPECT_THAT(toml_refusal("allow-receiver = [1]"), HasSubstr("list of strings"));
    EXPECT_THAT(toml_refusal("ca-file = \"a\"\nca_file = \"b\""), HasSubstr("twice"));
    EXPECT_THAT(toml_refusal("[serve]\nlisten = \"localhost:1\""), HasSubstr("no option 'serve'"));
}

TEST(ServeConfigTest, LimitsAreASizeAndANumber) {
    const auto options = serve_options_of(flags_of({{"store-limit", "50GB"}}),
                                          environment_of({{"POSTHORN_BACKLOG_LIMIT", "250000"}}), {});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->store_limit, 50'000'000'000U);
    EXPECT_EQ(options->backlog_limit, 250'000U);
    EXPECT_THAT(refusal(flags_of({{"store-limit", "50"}})), HasSubstr("no size"));
    EXPECT_THAT(refusal(flags_of({{"store-limit", "1MB"}})), HasSubstr("at least 16MiB"));
    EXPECT_THAT(refusal(flags_of({{"backlog-limit", "0"}})), HasSubstr("no number"));
    EXPECT_THAT(refusal(flags_of({{"backlog-limit", "10M"}})), HasSubstr("no number"));
}

}  // namespace
}  // namespace posthorn::program

#include "program/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program/commands.h"

namespace posthorn::program {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ArgumentsTest : testing::Test {
    void SetUp() override {
        auto root = line.root();
        auto group = root.command("addon", "Add-ons", "tool addon list");
        auto list = group.command("list", "List them", "tool addon list\ntool addon list --all");
        list.flag("--all", all, "All of them");
        list.texts("--set", assignments, "Set it", "PATH=VALUE");
        list.argument("key", key, "Which", Need::optional);
        list.flag("--dev", dev, "Dev");
        list.number("--count", count, "How many");
        list.action([] { return 7; });
        auto receive = root.command("receive", "Receive", "tool receive");
        receive.list("--event", events, "Events", "TYPE");
        receive.action([] { return 0; });
    }

    int run(std::vector<std::string> words) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = line.run(std::move(words));
        out = testing::internal::GetCapturedStdout();
        error = testing::internal::GetCapturedStderr();
        return code;
    }

    bool all = false;
    std::optional<bool> dev;
    std::optional<std::uint32_t> count;
    std::string key;
    std::vector<std::string> assignments;
    std::vector<std::string> events;
    std::string out;
    std::string error;
    CommandLine line{"tool", "A tool", "tool addon list", "tool 1.2"};
};

TEST_F(ArgumentsTest, RunsTheCommandAndGivesItsExitCode) {
    EXPECT_EQ(run({"addon", "list", "--all", "--count", "3"}), 7);
    EXPECT_TRUE(all);
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(dev, std::nullopt);
}

TEST_F(ArgumentsTest, ARepeatableOptionTakesOneValueEachAndLeavesTheRestAlone) {
    EXPECT_EQ(run({"addon", "list", "--set", "a=1", "my-addon", "--set", "b=2"}), 7);
    EXPECT_THAT(assignments, ElementsAre("a=1", "b=2"));
    EXPECT_EQ(key, "my-addon");
}

TEST_F(ArgumentsTest, AListTakesAllThatFollows) {
    EXPECT_EQ(run({"receive", "--event", "a", "b", "c"}), 0);
    EXPECT_THAT(events, ElementsAre("a", "b", "c"));
}

TEST_F(ArgumentsTest, AFlagCanBeTurnedOff) {
    EXPECT_EQ(run({"addon", "list", "--dev=false"}), 7);
    EXPECT_EQ(dev, false);
}

TEST_F(ArgumentsTest, WrongUsageIsExitCode2WithASuggestion) {
    EXPECT_EQ(run({"adon", "list"}), 2);
    EXPECT_THAT(error, HasSubstr("did you mean addon?"));
    EXPECT_EQ(run({"addon", "lst"}), 2);
    EXPECT_THAT(error, HasSubstr("'tool addon' has no command 'lst', did you mean list?"));
    EXPECT_EQ(run({"addon", "list", "--al"}), 2);
    EXPECT_THAT(error, HasSubstr("did you mean --all?"));
    EXPECT_EQ(run({"addon", "list", "--count", "many"}), 2);
    EXPECT_THAT(error, HasSubstr("--count"));
    EXPECT_EQ(run({"addon"}), 2);
    EXPECT_THAT(error, HasSubstr("list"));
    EXPECT_EQ(run({}), 2);
    EXPECT_EQ(out, "");
}

TEST_F(ArgumentsTest, HelpAndVersionGoToStandardOutput) {
    EXPECT_EQ(run({"--version"}), 0);
    EXPECT_EQ(out, "tool 1.2\n");
    EXPECT_EQ(run({"help", "addon", "list"}), 0);
    EXPECT_THAT(out, HasSubstr("Examples:\n  tool addon list\n  tool addon list --all"));
    const auto by_help = out;
    EXPECT_EQ(run({"addon", "list", "--help"}), 0);
    EXPECT_EQ(out, by_help);
    EXPECT_EQ(run({"help"}), 0);
    EXPECT_THAT(out, HasSubstr("receive"));
}

TEST(CommandsTest, EveryCommandHasHelpWithAnExample) {
    const std::vector<std::vector<std::string>> commands{{"serve"},
                                                         {"demo"},
                                                         {"addon", "install"},
                                                         {"addon", "list"},
                                                         {"addon", "show"},
                                                         {"addon", "set"},
                                                         {"addon", "enable"},
                                                         {"addon", "disable"},
                                                         {"addon", "pause"},
                                                         {"addon", "resume"},
                                                         {"addon", "uninstall"},
                                                         {"addon", "rotate-secret"},
                                                         {"event", "send"},
                                                         {"event", "types"},
                                                         {"trigger"},
                                                         {"delivery", "list"},
                                                         {"delivery", "show"},
                                                         {"delivery", "replay"},
                                                         {"delivery", "recover"},
                                                         {"delivery", "cancel"},
                                                         {"delivery", "tail"},
                                                         {"receive"},
                                                         {"validate"},
                                                         {"verify"},
                                                         {"tenant", "list"},
                                                         {"tenant", "create"},
                                                         {"tenant", "show"},
                                                         {"tenant", "set"},
                                                         {"tenant", "delete"},
                                                         {"key", "list"},
                                                         {"key", "create"},
                                                         {"key", "delete"},
                                                         {"doctor"}};
    for (auto words : commands) {
        std::string name = "posthorn";
        for (const auto& word : words) name += " " + word;
        words.emplace_back("--help");
        testing::internal::CaptureStdout();
        EXPECT_EQ(run_program(words), 0) << name;
        const auto text = testing::internal::GetCapturedStdout();
        EXPECT_THAT(text, HasSubstr("Usage: " + name));
        EXPECT_THAT(text, HasSubstr("Example")) << name;
        EXPECT_THAT(text, HasSubstr("--json")) << name;
    }
}

}  // namespace
}  // namespace posthorn::program

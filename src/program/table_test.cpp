#include "program/table.h"

#include <gtest/gtest.h>

namespace posthorn::program {
namespace {

using Align = Column::Align;
using Fit = Column::Fit;

const Paint kPlain(Paint::Colours::off);

TEST(TableTest, AlignsColumnsAndLeavesNoSpacesAtTheEnd) {
    Table table({{"ID"}, {"COUNT", Align::right}, {"NOTE"}});
    table.add({{"a"}, {"7"}, {"first"}});
    table.add({{"bcd"}, {"1234567"}, {""}});
    EXPECT_EQ(table.text(0, kPlain),
              "ID     COUNT  NOTE\n"
              "a          7  first\n"
              "bcd  1234567\n");
}

TEST(TableTest, ShrinksTheWidestColumnThatMay) {
    Table table({{"ID"}, {"EVENT", Align::left, Fit::shrink}, {"ADD-ON", Align::left, Fit::shrink}});
    table.add({{"dlv_1"}, {"jira:issue_created_and_more"}, {"short"}});
    EXPECT_EQ(table.text(28, kPlain),
              "ID     EVENT          ADD-ON\n"
              "dlv_1  jira:issue_c…  short\n");
}

TEST(TableTest, DropsWhatMayGoBeforeOthersGetTooNarrow) {
    Table table({{"ID"}, {"EVENT", Align::left, Fit::shrink}, {"TOOK", Align::right, Fit::drop}});
    table.add({{"dlv_1"}, {"jira:issue_created"}, {"1.2 ms"}});
    EXPECT_EQ(table.text(33, kPlain), "ID     EVENT                 TOOK\ndlv_1  jira:issue_created  1.2 ms\n");
    EXPECT_EQ(table.text(32, kPlain), "ID     EVENT\ndlv_1  jira:issue_created\n");
}

TEST(TableTest, NoLineIsWiderThanTheTerminal) {
    Table table({{"ID"}, {"EVENT", Align::left, Fit::shrink}, {"NUMBER", Align::right}});
    table.add({{"a long identifier"}, {"an event with a long name"}, {"123456"}});
    for (std::size_t width = 1; width < 60; ++width) {
        const auto text = table.text(width, kPlain);
        std::size_t begin = 0;
        for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
            EXPECT_LE(columns(text.substr(begin, end - begin)), width);
    }
}

TEST(TableTest, CountsColumnsNotBytes) {
    Table table({{"NAME"}, {"X"}});
    table.add({{"Zürich"}, {"1"}});
    table.add({{"日本"}, {"2"}});
    EXPECT_EQ(table.text(0, kPlain), "NAME    X\nZürich  1\n日本    2\n");
}

TEST(TableTest, ForeignTextCannotSteerTheTerminal) {
    Table table({{"NAME"}});
    table.add({{"a\x1b[31mred\nline"}});
    EXPECT_EQ(table.text(0, kPlain), "NAME\na?[31mred line\n");
}

TEST(TerminalTest, CutsAtAnEllipsis) {
    EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_to("abcdef", 4), "abc…");
    EXPECT_EQ(cut_to("日本語", 4), "日…");
    EXPECT_EQ(cut_to("ab", 0), "");
}

TEST(TerminalTest, PaintsOnlyWhereColoursAre) {
    EXPECT_EQ(Paint(Paint::Colours::on)(Style::red, "x"), "\x1b[31mx\x1b[0m");
    EXPECT_EQ(kPlain(Style::red, "x"), "x");
    EXPECT_EQ(Paint(Paint::Colours::on)(Style::red, ""), "");
}

TEST(TerminalTest, BytesThatAreNoUtf8AndControlCharactersShowAsQuestionMarks) {
    EXPECT_EQ(printable("a\xff"
                        "b\x7f"),
              "a?b?");
    EXPECT_EQ(printable("a\tb\r\nc"), "a b c");
    EXPECT_EQ(printable("right\xE2\x80\xAEleft"), "right?left");
    EXPECT_EQ(printable_lines("a\tb\n\x07"), "a\tb\n?");
}

}  // namespace
}  // namespace posthorn::program

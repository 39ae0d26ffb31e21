#include "engine/receiver_row.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

TEST(ReceiverRow, ReadsWhatItWrote) {
    const ReceiverMemory memory{"https://a.example:443", from_epoch_ms(1'790'000'000'123),
                                from_epoch_ms(1'790'000'000'999)};
    const auto read = receiver_from_row(to_row(memory));
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->receiver, memory.receiver);
    EXPECT_EQ(read->failing_since, memory.failing_since);
    EXPECT_EQ(read->paused_at, memory.paused_at);
}

TEST(ReceiverRow, GoesWhenThereIsNothingToRemember) { EXPECT_FALSE(to_row({"https://a.example:443", {}, {}}).value); }

TEST(ReceiverRow, RefusesWhatMakesNoSense) {
    EXPECT_EQ(receiver_from_row({"receiver", "x", "nonsense"}).error().code, Errc::corrupt);
    EXPECT_EQ(receiver_from_row({"receiver", "x", R"({"version":"1.0","paused_at":"now"})"}).error().code,
              Errc::corrupt);
    EXPECT_EQ(receiver_from_row({"receiver", "x", R"({"version":"2.0"})"}).error().code, Errc::unsupported);
}

}  // namespace
}  // namespace posthorn::engine

#include "base/id_time.h"

#include <gtest/gtest.h>

namespace posthorn {
namespace {

constexpr std::int64_t kNow = 1'790'000'000'123;

TEST(IdTimeTest, AnIdTellsWhenItWasGivenOut) {
    IdSource ids(0);
    const auto event = ids.next(kNow, 3);
    EXPECT_EQ(epoch_ms_of(event.value), kNow);
    EXPECT_EQ(epoch_ms_of(delivery_of(event, 2).value), kNow);
    EXPECT_EQ(first_id_at(kNow), event.value);
    EXPECT_LT(event.value, first_id_at(kNow + 1));
}

TEST(IdTimeTest, TimesThatNoIdHasAreTheFirstAndTheLast) {
    EXPECT_EQ(first_id_at(0), 0U);
    EXPECT_GT(static_cast<std::int64_t>(first_id_at(std::int64_t{1} << 50)), 0);
}

}  // namespace
}  // namespace posthorn

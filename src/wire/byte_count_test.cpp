#include "wire/byte_count.h"

#include <gtest/gtest.h>

namespace posthorn::wire {
namespace {

TEST(ByteCountTest, KnowsDecimalAndBinaryUnitsInAnyCase) {
    EXPECT_EQ(*parse_byte_count("12B"), 12U);
    EXPECT_EQ(*parse_byte_count("3kB"), 3000U);
    EXPECT_EQ(*parse_byte_count("500mb"), 500'000'000U);
    EXPECT_EQ(*parse_byte_count("50GB"), 50'000'000'000U);
    EXPECT_EQ(*parse_byte_count("2TB"), 2'000'000'000'000U);
    EXPECT_EQ(*parse_byte_count("8GiB"), std::uint64_t{8} << 30);
}

TEST(ByteCountTest, RefusesWhatIsNoSize) {
    for (const auto* text : {"", "GB", "5", "-5GB", "1.5GB", "5 GB", "5GBs", "9999999999999999999TB", "4194305TiB"})
        EXPECT_FALSE(parse_byte_count(text)) << text;
}

}  // namespace
}  // namespace posthorn::wire

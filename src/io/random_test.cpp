#include "io/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace posthorn::io {
namespace {

TEST(Random, GivesAsManyBytesAsAskedAndNeverTheSameTwice) {
    EXPECT_EQ(random_bytes(0).size(), 0u);
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) seen.insert(random_bytes(32));
    EXPECT_EQ(seen.size(), 100u);
    EXPECT_EQ(seen.begin()->size(), 32u);
}

TEST(Random, NumbersUseTheHighBitsToo) {
    std::uint64_t any = 0;
    for (int i = 0; i < 100; ++i) any |= random_number();
    EXPECT_EQ(any, ~std::uint64_t{0});
}

TEST(Random, AUuidSaysVersionFourAndTheVariant) {
    std::set<std::string> seen;
    for (int i = 0; i < 200; ++i) {
        const auto uuid = random_uuid();
        ASSERT_EQ(uuid.size(), 36u);
        EXPECT_EQ(uuid[8], '-');
        EXPECT_EQ(uuid[13], '-');
        EXPECT_EQ(uuid[18], '-');
        EXPECT_EQ(uuid[23], '-');
        EXPECT_EQ(uuid[14], '4');
        EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
        EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos);
        seen.insert(uuid);
    }
    EXPECT_EQ(seen.size(), 200u);
}

}  // namespace
}  // namespace posthorn::io

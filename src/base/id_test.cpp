#include "base/id.h"

#include <gtest/gtest.h>

namespace posthorn {
namespace {

constexpr std::int64_t kNow = 1'795'551'240'000;

TEST(Id, TextSortsLikeTheNumberAndReadsBack) {
    const EventId small{4096};
    const EventId large{std::uint64_t(1) << 62};
    EXPECT_LT(to_string(small), to_string(large));
    EXPECT_EQ(parse_event_id(to_string(small)), small);
    EXPECT_EQ(parse_event_id(to_string(large)), large);
    EXPECT_EQ(parse_delivery_id(to_string(DeliveryId{7})), DeliveryId{7});
}

TEST(Id, RefusesForeignText) {
    for (const char* text : {"", "evt_", "dlv_0000000000001", "evt_000000000000", "evt_00000000000001",
                             "evt_000000000000u", "evt_zzzzzzzzzzzzz", "EVT_0000000000001"})
        EXPECT_FALSE(parse_event_id(text)) << text;
}

TEST(IdSource, IdsGrowAndDeliveriesOfTwoEventsNeverMeet) {
    IdSource source(0);
    const auto first = source.next(kNow, 10'000);  // More than 12 bits hold.
    const auto second = source.next(kNow, 0);
    const auto third = source.next(kNow - 1000, 3);  // The clock went back.
    EXPECT_GT(second.value, delivery_of(first, 9'999).value);
    EXPECT_GT(third, second);
}

TEST(IdSource, GoesOnBehindTheLastIdOfTheStore) {
    IdSource before(0);
    const auto id = before.next(kNow, 5);
    IdSource after(before.last());
    EXPECT_GT(after.next(0, 0), id);
    EXPECT_LT(id.value, std::uint64_t(1) << 63);
}

}  // namespace
}  // namespace posthorn

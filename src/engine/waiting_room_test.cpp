#include "engine/waiting_room.h"

#include <gtest/gtest.h>

namespace posthorn::engine {
namespace {

WaitingEvent waiting(std::uint64_t id, std::size_t payload = 10) {
    WaitingEvent made;
    made.event.id = EventId{id};
    made.event.payload.assign(payload, 'x');
    return made;
}

struct WaitingRoomTest : testing::Test {
    template <class MayGo>
    std::vector<std::uint64_t> release(MayGo may_go) {
        std::vector<std::uint64_t> gone;
        room.release(may_go, [&](WaitingEvent event) { gone.push_back(event.event.id.value); });
        return gone;
    }
    WaitingRoom room;
};

TEST_F(WaitingRoomTest, OfEachLaneTheOldestGoFirst) {
    room.put(InstallationId{1}, waiting(1));
    room.put(InstallationId{2}, waiting(2));
    room.put(InstallationId{1}, waiting(3));
    EXPECT_EQ(release([](const WaitingEvent& event) { return event.event.id.value == 3; }),
              std::vector<std::uint64_t>{})
        << "the first of its lane may not go yet";
    EXPECT_EQ(release([](const WaitingEvent& event) { return event.event.id.value != 2; }),
              (std::vector<std::uint64_t>{1, 3}));
    EXPECT_FALSE(room.is_empty());
    EXPECT_EQ(release([](const WaitingEvent&) { return true; }), std::vector<std::uint64_t>{2});
    EXPECT_TRUE(room.is_empty());
}

TEST_F(WaitingRoomTest, HasPlaceForSomeBytes) {
    room.put(InstallationId{1}, waiting(1, WaitingRoom::kBytesMax));
    EXPECT_FALSE(room.has_place());
    release([](const WaitingEvent&) { return true; });
    EXPECT_TRUE(room.has_place());
}

}  // namespace
}  // namespace posthorn::engine

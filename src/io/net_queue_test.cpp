#include "io/net_queue.h"

#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "io/net_thread.h"

namespace posthorn::io {
namespace {

TEST(NetQueue, HandsAllThatWaitsOverInOneCallAndInOrder) {
    asio::io_context context{1};
    std::vector<std::vector<int>> batches;
    NetQueue<int> queue(context, 10, [&](std::vector<int> batch) { batches.push_back(std::move(batch)); });
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.put(int{i}));
    EXPECT_EQ(context.poll(), 1u);  // One wake-up for three values.
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0], (std::vector<int>{0, 1, 2}));
    EXPECT_TRUE(queue.put(7));
    context.restart();
    context.poll();
    ASSERT_EQ(batches.size(), 2u);
    EXPECT_EQ(batches[1], (std::vector<int>{7}));
}

TEST(NetQueue, RefusesWhenFullAndLeavesTheValueAlone) {
    asio::io_context context{1};
    NetQueue<std::unique_ptr<int>> queue(context, 1, [](std::vector<std::unique_ptr<int>>) {});
    EXPECT_TRUE(queue.put(std::make_unique<int>(1)));
    auto second = std::make_unique<int>(2);
    EXPECT_FALSE(queue.put(std::move(second)));
    ASSERT_TRUE(second);
    context.poll();
    EXPECT_TRUE(queue.put(std::move(second)));  // Room again.
}

TEST(NetQueue, AfterCloseWhatWaitsIsStillHandedOver) {
    asio::io_context context{1};
    int got = 0;
    NetQueue<int> queue(context, 10, [&](std::vector<int> batch) { got += static_cast<int>(batch.size()); });
    EXPECT_TRUE(queue.put(1));
    queue.close();
    EXPECT_FALSE(queue.put(2));
    context.poll();
    EXPECT_EQ(got, 1);
}

TEST(NetQueue, ADestroyedQueueHandsNothingOver) {
    asio::io_context context{1};
    int got = 0;
    {
        NetQueue<int> queue(context, 10, [&](std::vector<int>) { ++got; });
        EXPECT_TRUE(queue.put(1));
    }
    context.poll();
    EXPECT_EQ(got, 0);
}

TEST(NetQueue, LosesNothingThatSeveralThreadsPut) {
    constexpr int kThreads = 3;
    constexpr int kValues = 20'000;
    std::vector<int> next(kThreads, 0);  // Net thread only.
    bool in_order = true;
    int total = 0;
    NetThread net;
    net.start("net-test");
    auto queue = std::make_unique<NetQueue<std::pair<int, int>>>(
        net.context(), 1000, [&](std::vector<std::pair<int, int>> batch) {
            for (const auto& [thread, value] : batch) {
                in_order = in_order && value == next[static_cast<std::size_t>(thread)]++;
                ++total;
            }
        });
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int value = 0; value < kValues; ++value) {
                while (!queue->put({thread, value})) std::this_thread::yield();
            }
        });
    }
    for (auto& thread : threads) thread.join();
    std::promise<void> handed_over;
    asio::post(net.context(), [&] { handed_over.set_value(); });
    handed_over.get_future().wait();
    net.stop();
    EXPECT_EQ(total, kThreads * kValues);
    EXPECT_TRUE(in_order);
}

TEST(NetThread, HasItsNameAndEndsWhenStopped) {
    std::promise<std::string> name;
    NetThread net;
    net.start("net-test");
    asio::post(net.context(), [&] {
        std::string found(16, '\0');
        pthread_getname_np(pthread_self(), found.data(), found.size());
        name.set_value(found.c_str());
    });
    EXPECT_EQ(name.get_future().get(), "net-test");
    net.stop();
}

}  // namespace
}  // namespace posthorn::io

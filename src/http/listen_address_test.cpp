#include "http/listen_address.h"

#include <gmock/gmock.h>

namespace posthorn::http {
namespace {

using testing::HasSubstr;

TEST(ListenAddressTest, ReadsAddressesAndPorts) {
    const auto local = parse_listen_address("localhost:8080");
    ASSERT_TRUE(local);
    EXPECT_EQ(local->port, 8080);
    EXPECT_EQ(local->addresses.size(), 2u);
    EXPECT_TRUE(local->is_localhost);
    const auto v4 = parse_listen_address("0.0.0.0:0");
    ASSERT_TRUE(v4);
    EXPECT_EQ(v4->addresses.at(0).to_string(), "0.0.0.0");
    const auto v6 = parse_listen_address("[::1]:65535");
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->port, 65535);
    EXPECT_EQ(v6->addresses.at(0).to_string(), "::1");
}

TEST(ListenAddressTest, SaysWhatIsWrong) {
    for (const char* text : {"", ":8080", "8080", "localhost", "localhost:", "localhost:65536", "localhost:-1",
                             "localhost:80x", "::1:8080", "[::1]", "[::1]8080", "[::1:8080", "[1.2.3.4]:80",
                             "example.org:80", "1.2.3:80", "[localhost]:80"}) {
        const auto parsed = parse_listen_address(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::invalid);
        EXPECT_THAT(parsed.error().detail, HasSubstr("HOST:PORT"));
    }
}

TEST(OpenAcceptorsTest, UsesOnePortForBothFamilies) {
    io::asio::io_context context;
    const auto address = parse_listen_address("localhost:0");
    ASSERT_TRUE(address);
    const auto opened = open_acceptors(context, *address);
    ASSERT_TRUE(opened) << to_string(opened.error());
    ASSERT_FALSE(opened->empty());
    for (const auto& acceptor : *opened) {
        EXPECT_EQ(acceptor->local_endpoint().port(), opened->front()->local_endpoint().port());
        EXPECT_NE(acceptor->local_endpoint().port(), 0);
    }
}

TEST(OpenAcceptorsTest, NamesATakenPortAndTheRemedy) {
    io::asio::io_context context;
    const auto address = parse_listen_address("127.0.0.1:0");
    const auto first = open_acceptors(context, *address);
    ASSERT_TRUE(first);
    const auto port = std::to_string(first->front()->local_endpoint().port());
    const auto taken = parse_listen_address("127.0.0.1:" + port);
    const auto second = open_acceptors(context, *taken);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::io);
    EXPECT_THAT(second.error().detail, HasSubstr(port));
    EXPECT_THAT(second.error().detail, HasSubstr("--listen"));
}

TEST(OpenAcceptorsTest, NamesAnAddressThatTheMachineLacks) {
    io::asio::io_context context;
    const auto address = parse_listen_address("192.0.2.1:0");
    const auto opened = open_acceptors(context, *address);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::io);
    EXPECT_THAT(opened.error().detail, HasSubstr("no address 192.0.2.1"));
}

TEST(ListenAddressTest, WritesEndpoints) {
    EXPECT_EQ(to_text(io::Endpoint(io::asio::ip::make_address("127.0.0.1"), 80)), "127.0.0.1:80");
    EXPECT_EQ(to_text(io::Endpoint(io::asio::ip::make_address("::1"), 80)), "[::1]:80");
}

}  // namespace
}  // namespace posthorn::http

#include "testkit/lifecycle_fixture.h"

#include <boost/asio/buffer.hpp>

#include "io/stream.h"

namespace posthorn::lifecycle {
namespace {

using testing::HasSubstr;

struct DescriptorSourceTest : LifecycleTest {
    Outcome<Installed> install_from(std::string url) {
        InstallRequest request;
        request.descriptor_url = std::move(url);
        return install(std::move(request));
    }
    Outcome<Installed> install_from_receiver() { return install_from(receiver->url() + "/atlassian-connect.json"); }
    void serve(ReceiverAnswer reply) {
        receiver->answer = [reply](const ReceivedCall& call) {
            return call.path() == "/atlassian-connect.json" ? reply : ReceiverAnswer::status(204);
        };
    }
    void expect_unreachable(const Outcome<Installed>& result, std::string_view words) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().status, 422U);
        EXPECT_EQ(result.error().name, "descriptor-unreachable");
        EXPECT_THAT(result.error().detail, HasSubstr(words));
        EXPECT_EQ(find(), nullptr);
    }
};

TEST_F(DescriptorSourceTest, InstallsWhatTheUrlHas) {
    serve(ReceiverAnswer::text(descriptor().text()));
    const auto result = install_from_receiver();
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(receiver->calls.at(0).method, "GET");
    EXPECT_EQ(find()->descriptor_url, receiver->url() + "/atlassian-connect.json");
}

TEST_F(DescriptorSourceTest, TellsAStatusThatIsNot200) {
    serve(ReceiverAnswer::status(404));
    const auto result = install_from_receiver();
    expect_unreachable(result, "answered 404");
    EXPECT_EQ(problem_member(result.error(), "descriptorStatus"), "404");
}

TEST_F(DescriptorSourceTest, FollowsNoRedirect) {
    auto redirect = ReceiverAnswer::status(302);
    redirect.response.headers.emplace_back("Location", receiver->url() + "/elsewhere");
    serve(redirect);
    expect_unreachable(install_from_receiver(), "redirects are never followed");
    EXPECT_EQ(receiver->count("/elsewhere"), 0U);
}

TEST_F(DescriptorSourceTest, AHangingServerEndsAtTheTimeLimit) {
    options.fetch_timeout = Millis(500);
    restart_lifecycle();
    serve(ReceiverAnswer::hang());
    const auto result = install_from_receiver();
    expect_unreachable(result, "could not be fetched");
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"answer_timeout\"");
}

TEST_F(DescriptorSourceTest, WhatIsNoJsonIsAFaultOfTheDescriptor) {
    serve(ReceiverAnswer::text("<html>not here</html>", "text/html"));
    const auto result = install_from_receiver();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().status, 422U);
    EXPECT_EQ(result.error().name, "descriptor-wrong");
    EXPECT_EQ(result.error().errors.size(), 1U);
}

TEST_F(DescriptorSourceTest, MoreThanOneMebibyteIsRefused) {
    serve(ReceiverAnswer::text(std::string(registry::kDescriptorBytesMax + 1, ' ')));
    const auto result = install_from_receiver();
    expect_unreachable(result, "at most 1048576 bytes");
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"too_large\"");
}

TEST_F(DescriptorSourceTest, AHugeOneIsRefusedByItsLengthAlone) {
    // Says 100 MB and sends nothing of it: whoever wanted to read it would wait until the time limit.
    io::Acceptor acceptor(fixture.net(), io::Endpoint(io::asio::ip::address_v4::loopback(), 0));
    io::Socket socket(fixture.net());
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n";
    acceptor.async_accept(socket, [&](const boost::system::error_code&) {
        boost::system::error_code ignored;
        socket.send(io::asio::buffer(head), 0, ignored);
    });
    const auto started = std::chrono::steady_clock::now();
    expect_unreachable(install_from(fmt::format("http://127.0.0.1:{}/d", acceptor.local_endpoint().port())),
                       "104857600");
    EXPECT_LT(std::chrono::steady_clock::now() - started, options.fetch_timeout);
}

TEST_F(DescriptorSourceTest, TellsWhatIsWrongWithAUrl) {
    for (const auto* url : {"ftp://127.0.0.1/x", "http://", "not a url", "http://user:secret@127.0.0.1/x"}) {
        const auto result = install_from(url);
        expect_unreachable(result, "no URL of a descriptor");
        EXPECT_THAT(result.error().detail, testing::Not(HasSubstr("secret")));
    }
}

TEST_F(DescriptorSourceTest, AddressesThatMayNotBeCalledAreNotConnectedTo) {
    const auto result = install_from("http://169.254.169.254/latest/meta-data");
    expect_unreachable(result, "could not be fetched");
    EXPECT_EQ(problem_member(result.error(), "failure"), "\"address_forbidden\"");
}

}  // namespace
}  // namespace posthorn::lifecycle

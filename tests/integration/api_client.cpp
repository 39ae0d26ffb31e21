#include "tests/integration/api_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>

#include "api/openapi.h"
#include "base/assert.h"
#include "testkit/json_schema.h"
#include "testkit/run_task.h"
#include "wire/url.h"

namespace posthorn::integration {

namespace json = boost::json;

namespace {

template <class T>
T must(Result<T> result) {
    if (!result) ADD_FAILURE() << to_string(result.error());
    POSTHORN_ASSERT(result.has_value());
    return *std::move(result);
}

std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

io::Task<void> read_until(io::Dialer& dialer, io::DialTarget target, std::string request, std::string& text,
                          const std::function<bool(std::string_view)>& is_enough) {
    auto dialed = co_await dialer.dial(std::move(target));
    POSTHORN_ASSERT(dialed.stream != nullptr);
    dialed.stream->expires_after(std::chrono::seconds(15));
    const auto written = co_await dialed.stream->write(io::asio::buffer(request));
    if (!written) co_return;
    std::array<char, 4096> piece{};
    while (!is_enough(text)) {
        const auto read = co_await dialed.stream->read_some(io::asio::buffer(piece));
        if (!read || *read == 0) break;
        text.append(piece.data(), *read);
    }
    dialed.stream->close();
}

}  // namespace

ApiClient::ApiClient() : document_(json::parse(api::openapi_document())) {
    auto name = (std::filesystem::temp_directory_path() / "posthorn-api-XXXXXX").string();
    POSTHORN_ASSERT(::mkdtemp(name.data()) != nullptr);
    folder_ = std::move(name);
    program::ServeOptions options;
    options.listen = "127.0.0.1:0";
    options.data = folder_;
    options.dev = true;
    server_ = must(program::Server::make(std::move(options)));

    auto& net = server_->net();
    wheel_ = std::make_unique<io::TimerWheel>(net);
    outgoing_ = must(io::Outgoing::make(net, *wheel_, io::AddressRules(io::Mode::dev, {})));
    receiver_ = std::make_unique<testkit::RecordingReceiver>(net, *wheel_);
}

ApiClient::~ApiClient() {
    // The receiver's connections end first, while what they refer to is there.
    receiver_.reset();
    server_->net().restart();
    server_->net().poll();
    server_->stop();
    server_->run();
    outgoing_.reset();
    wheel_->stop();
    wheel_.reset();
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

io::DialTarget ApiClient::own_address() const {
    const auto url = must(wire::parse_url(server_->url()));
    io::DialTarget target;
    target.is_https = false;
    target.host = url.host;
    target.port = url.port;
    return target;
}

std::string ApiClient::request_of(const Call& call) const {
    auto headers = call.headers;
    if (!call.body.empty()) headers.emplace_back("Content-Type", call.content_type);
    return http::write_request(call.method, call.target, server_->url().substr(7), headers, call.body);
}

http::Answer ApiClient::call(Call call) {
    http::AnswerLimits limits;
    limits.body_read_max = limits.body_kept_max = 8U << 20U;
    auto fetched = testkit::run_task(server_->net(), http::fetch(*outgoing_->dialer, own_address(), request_of(call),
                                                                 std::chrono::seconds(15), limits));
    if (!fetched.answer) {
        ADD_FAILURE() << call.method << ' ' << call.target << ": " << fetched.failure.detail;
        return {};
    }
    check(call, *fetched.answer);
    return *std::move(fetched.answer);
}

void ApiClient::start(const Call& call) {
    io::asio::co_spawn(server_->net(),
                       http::fetch(*outgoing_->dialer, own_address(), request_of(call), std::chrono::seconds(15), {}),
                       io::asio::detached);
}

json::value ApiClient::json(Call wanted, unsigned status) {
    const auto name = wanted.method + " " + wanted.target;
    const auto answer = call(std::move(wanted));
    EXPECT_EQ(answer.status, status) << name << ": " << answer.body;
    boost::system::error_code error;
    auto value = json::parse(answer.body, error);
    return answer.status == status && !error ? value : json::value(nullptr);
}

void ApiClient::check(const Call& call, const http::Answer& answer) const {
    const auto what =
        fmt::format("{} {} -> {}\n{}", call.method, call.target, answer.status, answer.body.substr(0, 2000));
    const auto* path = document_.at("paths").as_object().if_contains(call.path);
    ASSERT_NE(path, nullptr) << what;
    const auto* response =
        path->at(lower(call.method)).at("responses").as_object().if_contains(std::to_string(answer.status));
    ASSERT_NE(response, nullptr) << "not described: " << what;
    if (const auto* reference = response->as_object().if_contains("$ref"))
        response = testkit::find_reference(document_, reference->as_string());
    const auto* content = response->as_object().if_contains("content");
    if (content == nullptr) {
        EXPECT_EQ(answer.body, "") << what;
        return;
    }
    const auto type = answer.header("Content-Type").value_or("");
    const auto media_type = type.substr(0, type.find(';'));
    const auto* media = content->as_object().if_contains(media_type);
    ASSERT_NE(media, nullptr) << media_type << " is not described: " << what;
    const auto& schema = media->at("schema");

    std::vector<json::value> values;
    if (media_type == "text/plain") {
        values.emplace_back(answer.body);
    } else if (media_type == "application/x-ndjson") {
        for (std::string_view rest = answer.body; !rest.empty();) {
            values.push_back(json::parse(rest.substr(0, rest.find('\n'))));
            rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1));
        }
    } else {
        values.push_back(json::parse(answer.body));
    }
    for (const auto& value : values)
        EXPECT_THAT(testkit::schema_faults(document_, schema, value), testing::IsEmpty()) << what;
}

std::string ApiClient::read_stream(const std::string& target, const std::function<void()>& once_open,
                                   const std::function<bool(std::string_view)>& is_enough) {
    Call call{"GET", "", target};
    std::string text;
    bool has_opened = false;
    // Called after each piece: what is to be seen happens once the stream's head is here.
    const std::function<bool(std::string_view)> is_done = [&](std::string_view so_far) {
        if (!has_opened && so_far.find("retry:") != std::string_view::npos) {
            has_opened = true;
            io::asio::post(server_->net(), once_open);
        }
        return is_enough(so_far);
    };
    testkit::run_task(server_->net(), read_until(*outgoing_->dialer, own_address(), request_of(call), text, is_done));
    return text;
}

bool ApiClient::wait_until(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    server_->net().restart();
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        server_->net().run_one_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace posthorn::integration

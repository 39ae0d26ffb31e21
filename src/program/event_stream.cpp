#include "program/event_stream.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "http/client.h"
#include "wire/duration.h"
#include "wire/http1.h"

namespace posthorn::program {

namespace {

using namespace std::chrono_literals;

// Servers send a comment now and then; a connection that is silent for longer has broken without saying so.
constexpr auto kSilenceMax = 60s;
constexpr std::size_t kRefusalBytesMax = 64 * 1024;

/// How one connection ended.
struct Ended {
    enum class Why { stopped, broken, refused } why = Why::broken;
    std::string detail;
    Reply refusal;
    bool had_answer = false;
};

class Connection {
public:
    Connection(Client& client, SseParser& parser, const StreamFollower& follower)
        : client_(client), parser_(parser), follower_(follower) {}
    ~Connection() {
        if (follower_.interrupt != nullptr) follower_.interrupt->set_action({});
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    io::Task<Ended> follow(std::string path) {
        io::DialTarget target;
        target.is_https = client_.url().scheme == wire::Scheme::https;
        target.host = client_.url().host;
        target.port = client_.url().port;
        auto dialed = co_await client_.loop().dialer().dial(std::move(target));
        if (!dialed.stream) co_return broken(dialed.failure.detail);
        auto headers = client_.standing_headers();
        headers.emplace_back("Accept", "text/event-stream");
        if (!parser_.last_id().empty()) headers.emplace_back("Last-Event-ID", parser_.last_id());
        std::string base = client_.url().path;
        while (base.ends_with('/')) base.pop_back();
        const auto request = http::write_request("GET", base + path, client_.url().authority(), headers, "");
        stream_ = std::move(dialed.stream);
        if (follower_.interrupt != nullptr) follower_.interrupt->set_action([this] { stream_->close(); });
        stream_->expires_after(kSilenceMax);
        const io::asio::const_buffer bytes(request.data(), request.size());
        const auto written = co_await stream_->write(bytes);
        if (!written) co_return broken(written.error().detail);
        co_return co_await read_answer();
    }

private:
    static Ended broken(std::string detail) {
        Ended ended;
        ended.detail = std::move(detail);
        return ended;
    }

    /// More bytes into input_; false at the end or when broken, with the reason in detail_.
    io::Task<bool> fill() {
        char block[16 * 1024];
        stream_->expires_after(kSilenceMax);
        const io::asio::mutable_buffer into(block, sizeof block);
        const auto count = co_await stream_->read_some(into);
        if (!count) detail_ = count.error().detail;
        else if (*count == 0) detail_ = "the server closed the connection";
        if (!count || *count == 0) co_return false;
        input_.append(block, *count);
        co_return true;
    }

    io::Task<Ended> read_answer() {
        wire::ResponseParser head_parser{wire::Http1Limits()};
        for (;;) {
            const auto progress = input_.empty() ? wire::Progress::incomplete : head_parser.parse(input_);
            if (progress == wire::Progress::refused) co_return broken(head_parser.fault().detail);
            if (progress == wire::Progress::complete) break;
            const bool has_more = co_await fill();
            if (!has_more) co_return broken(detail_);
        }
        const auto& head = head_parser.head();
        Reply reply;
        reply.status = head.status;
        for (const auto& header : head.headers) reply.headers.emplace_back(header.name, header.value);
        const bool is_chunked = head.is_chunked;
        const auto length = head.content_length;
        input_.erase(0, head_parser.head_bytes());
        const auto kind = reply.header("Content-Type").value_or("");
        if (reply.status == 200 && kind.starts_with("text/event-stream")) co_return co_await read_events(is_chunked);
        const auto wanted = std::min<std::uint64_t>(length.value_or(0), kRefusalBytesMax);
        while (input_.size() < wanted) {
            const bool has_more = co_await fill();
            if (!has_more) break;
        }
        reply.body = input_;
        Ended ended;
        ended.why = Ended::Why::refused;
        ended.refusal = std::move(reply);
        co_return ended;
    }

    bool is_interrupted() const { return follower_.interrupt != nullptr && follower_.interrupt->is_raised(); }

    /// False: stop.
    io::Task<bool> take(std::string data) {
        auto events = parser_.take(data);
        for (auto& event : events) {
            if (is_interrupted()) co_return false;
            const bool goes_on = co_await follower_.on_event(std::move(event));
            if (!goes_on) co_return false;
        }
        co_return true;
    }

    io::Task<Ended> read_events(bool is_chunked) {
        Ended ended;
        ended.had_answer = true;
        parser_.restart();
        wire::ChunkedReader chunks;
        for (;;) {
            bool goes_on = true;
            if (!is_chunked) {
                auto data = std::exchange(input_, std::string());
                goes_on = co_await take(std::move(data));
            }
            while (is_chunked && goes_on && !input_.empty()) {
                wire::ChunkedReader::Piece piece;
                const auto progress = chunks.read(input_, piece);
                auto data = std::string(piece.data);
                goes_on = co_await take(std::move(data));
                const bool is_end = progress == wire::Progress::complete;
                const bool is_refused = progress == wire::Progress::refused;
                const bool needs_more = piece.data.empty();
                input_.erase(0, piece.taken);
                if (is_end || is_refused) {
                    ended.detail = is_end ? "the server ended the stream" : chunks.fault().detail;
                    if (!goes_on) ended.why = Ended::Why::stopped;
                    co_return ended;
                }
                if (needs_more) break;
            }
            if (!goes_on) {
                ended.why = Ended::Why::stopped;
                co_return ended;
            }
            if (parser_.is_too_long()) {
                ended.detail = "an event of the stream is too long";
                co_return ended;
            }
            const bool has_more = co_await fill();
            if (!has_more) {
                ended.detail = detail_;
                co_return ended;
            }
        }
    }

    Client& client_;
    SseParser& parser_;
    const StreamFollower& follower_;
    std::unique_ptr<io::Stream> stream_;
    std::string input_;
    std::string detail_;
};

}  // namespace

Answered<void> follow_stream(Client& client, const std::string& path, const StreamFollower& follower) {
    const auto is_interrupted = [&] { return follower.interrupt != nullptr && follower.interrupt->is_raised(); };
    SseParser parser;
    constexpr std::chrono::milliseconds kFirstWait = 1s;
    constexpr std::chrono::milliseconds kShortestWait = 10ms;
    constexpr std::chrono::milliseconds kLongestWait = 30s;
    auto wait = kFirstWait;
    bool was_connected = false;
    for (;;) {
        Connection connection(client, parser, follower);
        const auto ended = client.loop().run(connection.follow(path));
        if (ended.why == Ended::Why::stopped || is_interrupted()) return {};
        // What the caller did wrong stays wrong; a server that is starting or overloaded does not.
        if (ended.why == Ended::Why::refused && ended.refusal.status < 500)
            return tl::unexpected(refusal_of(ended.refusal));
        if (ended.had_answer) {
            was_connected = true;
            wait = kFirstWait;
        }
        const auto why = ended.why == Ended::Why::refused ? fmt::format("the server answered {}", ended.refusal.status)
                                                          : ended.detail;
        // A server that never was there is rather a wrong address than a restart.
        if (!was_connected && ended.why == Ended::Why::broken) return tl::unexpected(client.unreachable(why));
        // At first as long as the server asked for, then longer and longer.
        if (ended.had_answer && parser.retry_ms())
            wait = std::clamp(std::chrono::milliseconds(*parser.retry_ms()), kShortestWait, kLongestWait);
        follower.on_trouble(fmt::format("{}; connecting again in {}", why, wire::format_duration(wait)));
        client.loop().run_until(is_interrupted, wait);
        if (is_interrupted()) return {};
        wait = std::min(wait * 2, kLongestWait);
    }
}

}  // namespace posthorn::program

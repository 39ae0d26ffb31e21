#pragma once
// A whole server in this process, and a client that holds its answers against the OpenAPI document.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>

#include "http/client.h"
#include "io/outgoing.h"
#include "program/server.h"
#include "testkit/recording_receiver.h"

namespace posthorn::integration {

/// A request. `path` is what the document calls it, `target` what is sent.
struct Call {
    std::string method;
    std::string path;
    std::string target;
    std::string body = {};
    std::string content_type = "application/json";
    http::HeaderList headers = {};
};

/// With --dev, on a free port of 127.0.0.1 and in a temporary folder. Everything runs on the test's own thread.
class ApiClient {
public:
    ApiClient();
    ~ApiClient();
    ApiClient(const ApiClient&) = delete;
    ApiClient& operator=(const ApiClient&) = delete;

    program::Server& server() { return *server_; }
    /// An add-on that answers 204 until told otherwise.
    testkit::RecordingReceiver& receiver() { return *receiver_; }
    const boost::json::value& document() const { return document_; }

    /// The answer. Adds a failure when its status is not described, or its body not what the document says.
    http::Answer call(Call call);
    /// The same, and its body as JSON; null and a failure when the status is another one.
    boost::json::value json(Call call, unsigned status);

    /// Sends it without waiting for the answer.
    void start(const Call& call);

    /// The beginning of a stream's answer: what came until `is_enough` says so.
    std::string read_stream(const std::string& target, const std::function<void()>& once_open,
                            const std::function<bool(std::string_view)>& is_enough);

    /// Runs everything until `condition` holds; false when it doesn't within 20 s.
    bool wait_until(const std::function<bool()>& condition);

private:
    io::DialTarget own_address() const;
    std::string request_of(const Call& call) const;
    void check(const Call& call, const http::Answer& answer) const;

    std::string folder_;
    boost::json::value document_;
    std::unique_ptr<program::Server> server_;
    std::unique_ptr<io::TimerWheel> wheel_;
    std::optional<io::Outgoing> outgoing_;
    std::unique_ptr<testkit::RecordingReceiver> receiver_;
};

}  // namespace posthorn::integration

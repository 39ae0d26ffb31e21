#pragma once
// The server's API as a command uses it: one call, its JSON or a sentence why not.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/value.hpp>
#include <tl/expected.hpp>

#include "base/result.h"
#include "program/loop.h"
#include "wire/url.h"

namespace posthorn::program {

namespace json = boost::json;

/// Why a call did not do what was asked.
struct Refusal {
    std::uint16_t status = 0;  ///< 0: there was no answer.
    std::string text;          ///< For a person: what went wrong, where, and what to do; may have many lines.
    std::string problem;       ///< The server's application/problem+json, or one of ours.
};

template <class T>
using Answered = tl::expected<T, Refusal>;

struct ClientAccess {
    std::string server;   ///< "http://127.0.0.1:8080".
    std::string api_key;  ///< May be empty. Secret.
};

struct Call {
    std::string method = "GET";
    std::string path;  ///< With the query, encoded: "/api/v1/tenants".
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::chrono::milliseconds timeout = std::chrono::seconds(60);
};

/// What a server answered, of any status.
struct Reply {
    std::uint16_t status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::optional<std::string> header(std::string_view name) const;
};

/// Blocking; each call has a connection of its own. The thread of its Loop.
class Client {
public:
    /// `loop` outlives it. Errors: invalid (the server's address is no http(s) URL).
    static Result<Client> make(Loop& loop, ClientAccess access);

    /// Whatever the status. A Refusal only if no answer came, with how to start or find the server.
    Answered<Reply> send(const Call& call);
    /// The JSON of a 2xx answer (null for an empty one). Any other answer is a Refusal: its title, detail and each
    /// error with its JSON pointer.
    Answered<json::value> call(const Call& call);

    const std::string& server() const { return access_.server; }
    const wire::Url& url() const { return url_; }
    Loop& loop() { return *loop_; }
    /// The head lines that every call has: Authorization if there is a key, User-Agent.
    std::vector<std::pair<std::string, std::string>> standing_headers() const;
    /// As Refusal says it when nobody answered.
    Refusal unreachable(std::string_view why) const;

private:
    Client(Loop& loop, ClientAccess access, wire::Url url)
        : loop_(&loop), access_(std::move(access)), url_(std::move(url)) {}

    Loop* loop_;
    ClientAccess access_;
    wire::Url url_;
};

/// What an answer that is no success means to a person.
Refusal refusal_of(const Reply& reply);

/// "?a=b&c=d" of the pairs with a value, percent-encoded; empty if there is none.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters);

/// GET of any http(s) URL on its own, for descriptors and public keys; at most `bytes_max` bytes.
/// Errors: invalid (no URL), and why there is no answer or none with 200.
Result<std::string> fetch_text(Loop& loop, const std::string& url, std::size_t bytes_max);

}  // namespace posthorn::program

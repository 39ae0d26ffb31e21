// Heads of requests: Beast's parser, and what it is not strict enough about.

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/assert.h"
#include "wire/http1.h"
#include "wire/http1_head.h"

namespace posthorn::wire {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;  // Not std's in Debian's Beast; converts to it.

constexpr std::size_t kMethodBytesMax = 32;

// Fills a RequestHead from one whole head. Its own errors are in `fault`; Beast only needs to stop.
class RequestSink final : public http::basic_parser<true> {
public:
    RequestSink(RequestHead& head, Http1Fault& fault) : head_(head), fault_(fault) {
        header_limit(~std::uint32_t{0});  // HeadScan has looked at the size.
        body_limit(boost::none);
    }

    std::optional<std::string_view> host;

private:
    void stop(error_code& error, std::uint16_t status, std::string detail) {
        fault_ = {status, std::move(detail)};
        error = http::error::bad_value;
    }

    void on_request_impl(http::verb, Text method, Text target, int version, error_code& error) override {
        if (method.size() > kMethodBytesMax) return stop(error, 501, "The method is longer than any that is known.");
        head_.method = method;
        head_.target = target;
        head_.is_http_1_0 = version == 10;
    }

    void on_response_impl(int, Text, int, error_code&) override {}

    void on_field_impl(http::field field, Text name, Text value, error_code& error) override {
        switch (field) {
            case http::field::content_length: {
                const bool is_repeated = std::exchange(has_length_, true);
                if (!check_framing_header(false, value, is_repeated, fault_)) error = http::error::bad_value;
                break;
            }
            case http::field::transfer_encoding:
                if (head_.is_http_1_0) return stop(error, 400, "HTTP/1.0 has no Transfer-Encoding.");
                if (!check_framing_header(true, value, false, fault_)) error = http::error::bad_value;
                break;
            case http::field::host:
                if (host) return stop(error, 400, "There is more than one Host header.");
                host = value;
                break;
            case http::field::expect:
                // RFC 9110 section 10.1.1: a client of HTTP/1.0 that expects something is ignored.
                if (head_.is_http_1_0) break;
                if (!equals_ignoring_case(value, "100-continue")) {
                    return stop(error, 417, "Expect may only be 100-continue.");
                }
                head_.expects_continue = true;
                break;
            default: break;
        }
        head_.headers.push_back({name, value});
    }

    void on_header_impl(error_code&) override {
        if (chunked()) {
            head_.is_chunked = true;
        } else if (const auto length = content_length()) {
            head_.content_length = *length;
        }
        head_.keep_alive = keep_alive();
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(Text, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    RequestHead& head_;
    Http1Fault& fault_;
    bool has_length_ = false;
};

bool is_host_character(char c) {
    // RFC 3986 section 3.2.2: unreserved, sub-delims, "%" of escapes, and ":" and brackets of IPv6 and ports.
    static constexpr std::string_view kOthers = "-._~%!$&'()*+,;=:[]";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
}

bool is_target_character(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

// The authority of an absolute-form target is what counts, RFC 9112 section 3.2.2; as ours must not differ from
// Host (checks against foreign sites look at that), it is only accepted when both are the same.
bool accept_target(RequestHead& head, std::string_view host, Http1Fault& fault) {
    if (head.method == "CONNECT") {
        fault = {501, "CONNECT is not served; this is no proxy."};
        return false;
    }
    std::string_view& target = head.target;
    if (!std::ranges::all_of(target, is_target_character)) {
        fault = {400, "The target holds a character that it may not; others are written as %XX."};
        return false;
    }
    if (target.front() == '/' || (target == "*" && head.method == "OPTIONS")) return true;

    std::string_view rest = target;
    if (rest.size() >= 7 && equals_ignoring_case(rest.substr(0, 7), "http://")) {
        rest.remove_prefix(7);
    } else if (rest.size() >= 8 && equals_ignoring_case(rest.substr(0, 8), "https://")) {
        rest.remove_prefix(8);
    } else {
        fault = {400, "The target does not start with \"/\"."};
        return false;
    }
    const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
    if (!equals_ignoring_case(rest.substr(0, path), host)) {
        fault = {400, "The target names another host than the Host header."};
        return false;
    }
    rest.remove_prefix(path);
    if (rest.empty()) rest = "/";
    if (rest.front() != '/') {
        fault = {400, "The target has a query but no path."};
        return false;
    }
    target = rest;
    return true;
}

}  // namespace

void RequestParser::restart() {
    scan_ = {};
    head_.headers.clear();
    head_.method = head_.target = {};
    head_.keep_alive = true;
    head_.expects_continue = head_.is_chunked = head_.is_http_1_0 = false;
    head_.content_length.reset();
    fault_.status = 400;
    fault_.detail.clear();
}

Progress RequestParser::parse(std::string_view bytes) {
    POSTHORN_ASSERT(scan_.end() == 0);
    // TLS begins with byte 22, HTTP/2 without negotiation with "PRI"; waiting for their lines would only hang.
    if (!bytes.empty() && bytes.front() == '\x16') {
        fault_ = {400, "This is TLS, but the port serves plain http."};
        return Progress::refused;
    }
    if (const Progress progress = scan_.scan(bytes, limits_, fault_); progress != Progress::complete) return progress;

    const std::string_view all = bytes.substr(scan_.start(), scan_.end() - scan_.start());
    RequestSink sink(head_, fault_);
    error_code error;
    sink.put(boost::asio::const_buffer(all.data(), all.size()), error);
    if (error || !sink.is_header_done()) {
        if (fault_.detail.empty()) fault_ = fault_of(error);
        return Progress::refused;
    }
    if (head_.target.size() > limits_.target_bytes_max) {
        fault_ = {414, "The target is longer than " + std::to_string(limits_.target_bytes_max) + " bytes."};
        return Progress::refused;
    }
    if (!sink.host && !head_.is_http_1_0) {
        fault_ = {400, "The Host header is missing."};
        return Progress::refused;
    }
    const std::string_view host = sink.host.value_or(std::string_view());
    if (!std::ranges::all_of(host, is_host_character)) {
        fault_ = {400, "The Host header holds a character that no host has."};
        return Progress::refused;
    }
    return accept_target(head_, host, fault_) ? Progress::complete : Progress::refused;
}

}  // namespace posthorn::wire

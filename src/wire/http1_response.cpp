// Heads of responses.

#include <boost/beast/http/basic_parser.hpp>

#include "base/assert.h"
#include "wire/http1.h"
#include "wire/http1_head.h"

namespace posthorn::wire {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;  // Not std's in Debian's Beast; converts to it.

class ResponseSink final : public http::basic_parser<false> {
public:
    ResponseSink(ResponseHead& head, Http1Fault& fault) : head_(head), fault_(fault) {
        header_limit(~std::uint32_t{0});
        body_limit(boost::none);
    }

private:
    void on_request_impl(http::verb, Text, Text, int, error_code&) override {}

    void on_response_impl(int status, Text, int, error_code& error) override {
        if (status < 100 || status > 599) {
            fault_.detail = "The status " + std::to_string(status) + " is none of 100 to 599.";
            error = http::error::bad_status;
            return;
        }
        head_.status = static_cast<std::uint16_t>(status);
    }

    void on_field_impl(http::field field, Text name, Text value, error_code& error) override {
        if (field == http::field::content_length || field == http::field::transfer_encoding) {
            const bool is_coding = field == http::field::transfer_encoding;
            const bool is_repeated = !is_coding && std::exchange(has_length_, true);
            if (!check_framing_header(is_coding, value, is_repeated, fault_)) {
                error = http::error::bad_value;
                return;
            }
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

    ResponseHead& head_;
    Http1Fault& fault_;
    bool has_length_ = false;
};

}  // namespace

void ResponseParser::restart() {
    scan_ = {};
    head_.status = 0;
    head_.headers.clear();
    head_.keep_alive = true;
    head_.content_length.reset();
    head_.is_chunked = false;
    fault_.detail.clear();
}

Progress ResponseParser::parse(std::string_view bytes) {
    POSTHORN_ASSERT(scan_.end() == 0);
    constexpr std::string_view kVersion = "HTTP/1.";
    const std::size_t known = std::min(bytes.size(), kVersion.size());
    // Any other protocol (SMTP, SSH, HTTP/2) shows within its first bytes; its lines need not be waited for.
    if (bytes.substr(0, known) != kVersion.substr(0, known)) {
        fault_.detail = "The answer does not begin with HTTP/1.0 or HTTP/1.1.";
        return Progress::refused;
    }
    if (const Progress progress = scan_.scan(bytes, limits_, fault_); progress != Progress::complete) return progress;

    std::string_view all = bytes.substr(scan_.start(), scan_.end() - scan_.start());
    ResponseSink sink(head_, fault_);
    error_code error;
    // "HTTP/1.1 200" without the space that Beast insists on.
    constexpr std::size_t kShort = 12;
    if (all.size() > kShort && all[kShort] == '\r') {
        std::string line(all.substr(0, kShort));
        line += " \r\n";
        sink.put(boost::asio::const_buffer(line.data(), line.size()), error);
        if (error == http::error::need_more) error = {};
        all.remove_prefix(kShort + 2);
    }
    if (!error) sink.put(boost::asio::const_buffer(all.data(), all.size()), error);
    if (error || !sink.is_header_done()) {
        if (fault_.detail.empty()) fault_ = fault_of(error);
        return Progress::refused;
    }
    return Progress::complete;
}

}  // namespace posthorn::wire

// Chunked bodies.

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>

#include "base/assert.h"
#include "wire/http1.h"

namespace posthorn::wire {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using Text = boost::beast::string_view;  // Not std's in Debian's Beast; converts to it.

// Source: Go's net/http/internal/chunked.go (CVE-2023-39326): many tiny chunks with long extensions.
constexpr std::int64_t kExcessMax = 16 * 1024;
constexpr std::int64_t kChunkHeadFree = 16;
// "0", its line's end and the last line's: Beast 1.74 asserts that it is given no less of a body that is empty.
constexpr std::size_t kEmptyBody = 5;

}  // namespace

// Beast's parser, brought by a fixed head to where the body begins.
struct ChunkedReader::Impl final : http::basic_parser<true> {
    Impl() {
        constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        body_limit(boost::none);
        error_code error;
        put(boost::asio::const_buffer(kHead.data(), kHead.size()), error);
        POSTHORN_ASSERT(!error);
    }

    bool has_begun = false;
    std::string_view data;
    std::int64_t excess = 0;

private:
    void on_request_impl(http::verb, Text, Text, int, error_code&) override {}
    void on_response_impl(int, Text, int, error_code&) override {}
    void on_field_impl(http::field, Text, Text, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(Text, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text extensions, error_code& error) override {
        // Beast lets a quoted extension hold anything; a line end in there is read differently by others.
        if (!std::ranges::all_of(extensions, [](char c) { return c == '\t' || (c >= ' ' && c != '\x7f') || c < 0; })) {
            error = http::error::bad_chunk_extension;
        }
    }
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code&) override {
        data = body;
        return body.size();
    }
    void on_finish_impl(error_code&) override {}
};

ChunkedReader::ChunkedReader() : impl_(std::make_unique<Impl>()) {}
ChunkedReader::~ChunkedReader() = default;
ChunkedReader::ChunkedReader(ChunkedReader&&) noexcept = default;
ChunkedReader& ChunkedReader::operator=(ChunkedReader&&) noexcept = default;

Progress ChunkedReader::read(std::string_view bytes, Piece& piece) {
    POSTHORN_ASSERT(!impl_->is_done());
    piece = {};
    while (piece.taken < bytes.size()) {
        const std::string_view rest = bytes.substr(piece.taken);
        if (!impl_->has_begun && rest.starts_with('0') && rest.size() < kEmptyBody) return Progress::incomplete;
        impl_->has_begun = true;
        impl_->data = {};
        error_code error;
        const std::size_t taken = impl_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
        piece.taken += taken;

        const auto data = static_cast<std::int64_t>(impl_->data.size());
        const auto rest_of_head = static_cast<std::int64_t>(taken) - data;
        if (rest_of_head > 0) impl_->excess += rest_of_head - kChunkHeadFree;
        impl_->excess = std::max<std::int64_t>(impl_->excess - 2 * data, 0);
        const auto waiting = error == http::error::need_more ? static_cast<std::int64_t>(rest.size() - taken) : 0;
        if (impl_->excess + waiting > kExcessMax) {
            fault_.detail = "The chunked body has more in its chunk heads and trailers than in its chunks.";
            return Progress::refused;
        }
        if (error == http::error::need_more) return Progress::incomplete;
        if (error) {
            fault_.detail = "The chunked body is malformed: " + error.message() + ".";
            return Progress::refused;
        }
        if (impl_->is_done()) return Progress::complete;
        if (!impl_->data.empty()) {
            piece.data = impl_->data;
            return Progress::incomplete;
        }
    }
    return Progress::incomplete;
}

}  // namespace posthorn::wire

// Writing heads and chunks.

#include <array>
#include <charconv>
#include <chrono>

#include <boost/beast/http/status.hpp>

#include "base/assert.h"
#include "wire/http1.h"
#include "wire/http_date.h"

namespace posthorn::wire {

namespace {

void append_number(std::string& out, std::uint64_t value, int base) {
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
    out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    const auto known = boost::beast::http::int_to_status(status);
    if (known == boost::beast::http::status::unknown) return {};
    return boost::beast::http::obsolete_reason(known);
}

bool is_safe_header_value(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_status_line(std::string& out, unsigned status) {
    POSTHORN_ASSERT(status >= 100);
    POSTHORN_ASSERT(status <= 999);
    out += "HTTP/1.1 ";
    append_number(out, status, 10);
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

void append_header(std::string& out, std::string_view name, std::uint64_t value) {
    out += name;
    out += ": ";
    append_number(out, value, 10);
    out += "\r\n";
}

void append_chunk(std::string& out, std::string_view data) {
    POSTHORN_ASSERT(!data.empty());
    append_number(out, data.size(), 16);
    out += "\r\n";
    out += data;
    out += "\r\n";
}

std::string_view DateLine::at(std::int64_t epoch_seconds) {
    if (epoch_seconds != second_ || line_.empty()) {
        second_ = epoch_seconds;
        line_.clear();
        append_header(line_, "Date", format_http_date(std::chrono::sys_seconds(std::chrono::seconds(epoch_seconds))));
    }
    return line_;
}

}  // namespace posthorn::wire

#include "wire/http1_head.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace posthorn::wire {

namespace http = boost::beast::http;

bool equals_ignoring_case(std::string_view a, std::string_view b) { return boost::beast::iequals(a, b); }

std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name) {
    for (const Header& header : headers) {
        if (header.name.size() == name.size() && equals_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

Http1Fault fault_of(const boost::beast::error_code& error) {
    if (error == http::error::bad_method) return {400, "The method is not a token."};
    if (error == http::error::bad_target) return {400, "The target is empty or holds a character that it may not."};
    if (error == http::error::bad_version) return {505, "The start line does not name HTTP/1.0 or HTTP/1.1."};
    if (error == http::error::bad_status) return {400, "The status is not three digits."};
    if (error == http::error::bad_reason) return {400, "The reason behind the status holds a control character."};
    if (error == http::error::bad_field) {
        return {400, "A header's name holds a character that it may not, or a space stands before the colon."};
    }
    if (error == http::error::bad_value) return {400, "A header's value holds a character that it may not."};
    if (error == http::error::bad_line_ending) return {400, "A line ends in CR without LF."};
    if (error == http::error::bad_content_length) {
        return {400, "Content-Length is not a number, or stands beside Transfer-Encoding."};
    }
    if (error == http::error::multiple_content_length) return {400, "There are two Content-Length values."};
    if (error == http::error::bad_transfer_encoding) {
        return {400, "Transfer-Encoding stands twice, or beside Content-Length."};
    }
    return {400, "The head is malformed: " + error.message() + "."};
}

bool check_framing_header(bool is_transfer_encoding, std::string_view value, bool is_repeated, Http1Fault& fault) {
    if (is_transfer_encoding) {
        if (equals_ignoring_case(value, "chunked")) return true;
        fault = {501, "Transfer-Encoding may only be \"chunked\"."};
        return false;
    }
    // "5, 5" and two equal lines mean the same to most programs, but no sound client sends them.
    if (is_repeated || value.find(',') != std::string_view::npos) {
        fault = {400, "There is more than one Content-Length."};
        return false;
    }
    return true;
}

}  // namespace posthorn::wire

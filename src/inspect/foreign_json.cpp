#include "inspect/foreign_json.h"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "api/json_answer.h"
#include "wire/base64.h"
#include "wire/percent.h"

namespace posthorn::inspect {

namespace {

/// Written in JSON, each of these would take six bytes.
bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
}

}  // namespace

std::string utf8_text(std::string_view bytes) { return api::utf8_of(bytes); }

boost::json::value foreign_json(std::string_view text) {
    boost::system::error_code error;
    auto value = boost::json::parse(text, error);
    return error ? boost::json::value(utf8_text(text)) : value;
}

ShownBody shown_body(std::string_view bytes) {
    if (wire::is_utf8(bytes) && std::ranges::none_of(bytes, is_control)) return {std::string(bytes), "text"};
    return {wire::base64_encode(bytes), "base64"};
}

}  // namespace posthorn::inspect

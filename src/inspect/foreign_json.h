#pragma once
// Foreign bytes inside our JSON answers.

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace posthorn::inspect {

/// Bytes as a JSON string's content: what is no UTF-8 becomes U+FFFD.
std::string utf8_text(std::string_view bytes);

/// Foreign JSON as a value; as a string when Boost.JSON can't hold it (too deep, a lone surrogate, no JSON at all).
boost::json::value foreign_json(std::string_view text);

/// A body for an answer: text as it stands, anything else (no UTF-8, control characters) in base64.
struct ShownBody {
    std::string text;
    std::string_view encoding;  ///< "text" or "base64".
};
ShownBody shown_body(std::string_view bytes);

}  // namespace posthorn::inspect

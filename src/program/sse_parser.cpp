#include "program/sse_parser.h"

#include <charconv>
#include <utility>

namespace posthorn::program {

std::vector<StreamEvent> SseParser::take(std::string_view piece) {
    std::vector<StreamEvent> events;
    for (const char c : piece) {
        if (is_too_long_) break;
        const bool ends_cr_lf = c == '\n' && was_cr_;
        was_cr_ = c == '\r';
        if (ends_cr_lf) continue;  // The CR before it ended the line.
        if (c == '\n' || c == '\r') {
            take_line(std::exchange(line_, {}), events);
            continue;
        }
        line_ += c;
        is_too_long_ = line_.size() + data_.size() > kEventBytesMax;
    }
    return events;
}

void SseParser::take_line(std::string_view line, std::vector<StreamEvent>& events) {
    if (std::exchange(is_at_start_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.empty()) {
        if (has_data_) events.push_back({last_id_, name_.empty() ? "message" : name_, std::move(data_)});
        data_.clear();
        name_.clear();
        has_data_ = false;
        return;
    }
    const auto colon = line.find(':');
    const auto field = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (field == "event") {
        name_ = value;
    } else if (field == "id") {
        if (value.find('\0') == std::string_view::npos) last_id_ = value;
    } else if (field == "retry") {
        int wait = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), wait);
        if (error == std::errc() && end == value.data() + value.size() && wait >= 0) retry_ms_ = wait;
    }
}

void SseParser::restart() {
    line_.clear();
    data_.clear();
    name_.clear();
    has_data_ = was_cr_ = is_too_long_ = false;
    is_at_start_ = true;
}

}  // namespace posthorn::program

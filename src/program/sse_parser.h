#pragma once
// Server-sent events, read as they come.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::program {

struct StreamEvent {
    std::string id;    ///< The last one seen; may be empty.
    std::string name;  ///< "message" if the stream gives none.
    std::string data;  ///< Lines joined by "\n".
};

/// Takes the pieces of an event stream in any cut. Lines end with LF, CR LF or CR; comments (lines beginning with a
/// colon) keep a connection alive and mean nothing. Source: WHATWG HTML, section 9.2 "Server-sent events".
class SseParser {
public:
    /// The events that `piece` completes.
    std::vector<StreamEvent> take(std::string_view piece);

    /// For Last-Event-ID when connecting again.
    const std::string& last_id() const { return last_id_; }
    /// What the server asked for with `retry:`, in milliseconds.
    std::optional<int> retry_ms() const { return retry_ms_; }
    /// True once an event was larger than kEventBytesMax: the stream is to be given up.
    bool is_too_long() const { return is_too_long_; }
    /// For a new connection: what was incomplete is dropped, the last id stays.
    void restart();

    static constexpr std::size_t kEventBytesMax = 4 * 1024 * 1024;

private:
    void take_line(std::string_view line, std::vector<StreamEvent>& events);

    std::string line_;
    std::string data_;
    std::string name_;
    std::string last_id_;
    std::optional<int> retry_ms_;
    bool has_data_ = false;
    bool was_cr_ = false;
    bool is_at_start_ = true;
    bool is_too_long_ = false;
};

}  // namespace posthorn::program

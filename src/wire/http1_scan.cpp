// Where a head ends.

#include <cstring>

#include <fmt/format.h>

#include "wire/http1.h"

namespace posthorn::wire {

namespace {

// What stands in a start line beside the target: a method of 32 bytes, two spaces, the version.
constexpr std::size_t kStartLineRest = 48;

Progress refuse(Http1Fault& fault, std::uint16_t status, std::string detail) {
    fault.status = status;
    fault.detail = std::move(detail);
    return Progress::refused;
}

}  // namespace

Progress HeadScan::check_size(std::size_t size, const Http1Limits& limits, Http1Fault& fault) const {
    if (lines_ == 0 && size - start_ > limits.target_bytes_max + kStartLineRest) {
        return refuse(
            fault, 414,
            fmt::format("The start line is longer than a target of {} bytes allows.", limits.target_bytes_max));
    }
    if (size - start_ > limits.head_bytes_max) {
        return refuse(fault, 431,
                      fmt::format("Start line and headers are longer than {} bytes.", limits.head_bytes_max));
    }
    return Progress::incomplete;
}

Progress HeadScan::scan(std::string_view bytes, const Http1Limits& limits, Http1Fault& fault) {
    for (;;) {
        const void* found =
            looked_ < bytes.size() ? std::memchr(bytes.data() + looked_, '\n', bytes.size() - looked_) : nullptr;
        if (found == nullptr) {
            looked_ = bytes.size();
            return check_size(bytes.size(), limits, fault);
        }
        const auto line_feed = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
        if (line_feed == line_ || bytes[line_feed - 1] != '\r') {
            return refuse(fault, 400, "A line ends in LF alone; HTTP's lines end in CR LF.");
        }
        const bool is_empty = line_feed - 1 == line_;
        const std::size_t next = line_feed + 1;
        if (lines_ == 0 && is_empty) {
            // Some clients send an empty line behind a body; one is skipped.
            if (start_ != 0) return refuse(fault, 400, "Empty lines stand where a start line should.");
            start_ = next;
        } else if (check_size(next, limits, fault) == Progress::refused) {
            return Progress::refused;
        } else if (is_empty) {
            end_ = next;
            return Progress::complete;
        } else {
            if (lines_ > 0 && (bytes[line_] == ' ' || bytes[line_] == '\t')) {
                return refuse(fault, 400, "A header goes on in a second line, which RFC 9112 has done away with.");
            }
            if (lines_ > limits.headers_max) {
                return refuse(fault, 431, fmt::format("There are more than {} headers.", limits.headers_max));
            }
            ++lines_;
        }
        line_ = looked_ = next;
    }
}

}  // namespace posthorn::wire

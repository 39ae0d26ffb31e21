#include "program/raw_request.h"

#include <algorithm>

#include "wire/http1.h"

namespace posthorn::program {

namespace {

struct Head {
    std::string lines;  // Each ended by CR LF, the empty line included.
    std::size_t size = 0;
};

/// Line by line up to the empty line or the end, whatever the lines end with.
Head head_of(std::string_view text) {
    Head head;
    bool has_host = false;
    bool is_first = true;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() && is_first) continue;
        if (line.empty()) break;
        is_first = false;
        const auto name = line.substr(0, line.find(':'));
        has_host = has_host || (name.size() == 4 && std::ranges::equal(name, std::string_view("host"),
                                                                       [](char a, char b) { return (a | 0x20) == b; }));
        head.lines += line;
        head.lines += "\r\n";
    }
    if (!has_host) head.lines += "Host: unknown\r\n";
    head.lines += "\r\n";
    head.size = text.size() - rest.size();
    return head;
}

}  // namespace

Result<RawRequest> parse_raw_request(std::string_view text) {
    const auto head = head_of(text);
    if (text.empty() || head.lines.starts_with("Host: unknown"))
        return fail(Errc::invalid, "there is no request; it begins with a line such as POST /hook HTTP/1.1");
    wire::RequestParser parser{wire::Http1Limits()};
    const auto progress = parser.parse(head.lines);
    if (progress != wire::Progress::complete)
        return fail(Errc::invalid,
                    progress == wire::Progress::refused ? parser.fault().detail : "the request's head is cut off");
    RawRequest request;
    request.method = parser.head().method;
    request.target = parser.head().target;
    for (const auto& header : parser.head().headers) request.headers.emplace_back(header.name, header.value);
    request.body = text.substr(head.size);
    return request;
}

}  // namespace posthorn::program

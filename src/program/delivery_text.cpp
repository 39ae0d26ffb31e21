#include "program/delivery_text.h"

#include <cstdlib>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/json_print.h"
#include "program/time_text.h"
#include "wire/http1.h"

namespace posthorn::program {

namespace {

std::string shown_time(const std::string& text, std::string (*show)(Moment)) {
    const auto at = parse_rfc3339(text);
    return at ? show(*at) : printable(text);
}

/// "204", or why there was no answer.
std::string answer_of(const json::value& object, std::string_view status_name, std::string_view failure_name) {
    const auto status = text_of(object, status_name);
    return status.empty() ? text_of(object, failure_name) : status;
}

std::string status_text(const std::string& status) {
    const auto phrase = wire::reason_phrase(static_cast<unsigned>(std::strtoul(status.c_str(), nullptr, 10)));
    return phrase.empty() ? status : status + " " + std::string(phrase);
}

bool is_success(const std::string& status) { return status.size() == 3 && status.front() == '2'; }

void print_headers(const json::value& headers, const Paint& paint) {
    if (!headers.is_array()) return;
    for (const auto& header : headers.get_array())
        print_line(fmt::format("    {}: {}", paint(Style::cyan, printable(text_of(header, "name"))),
                               printable(text_of(header, "value"))));
}

std::string indented(std::string text, std::string_view indent) {
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += indent.size() + 1)
        text.insert(at + 1, indent);
    return std::string(indent) + text;
}

/// "dns 1 ms, connect 2 ms, first byte 10 ms, total 12 ms".
std::string times_text(const json::value& times) {
    std::string text;
    constexpr std::pair<const char*, const char*> kParts[] = {
        {"dns", "name"}, {"connect", "connect"}, {"tls", "TLS"}, {"firstByte", "first byte"}, {"total", "total"}};
    for (const auto& [name, shown] : kParts) {
        const auto value = text_of(times, name);
        if (!value.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", shown, short_duration(value));
    }
    return text;
}

void print_attempt(const json::value& attempt, const Paint& paint) {
    const auto status = text_of(attempt, "status");
    const auto failure = text_of(attempt, "failure");
    const bool is_good = is_success(status);
    print_line(fmt::format(
        "  {} #{} {}  {}  {}", is_good ? paint(Style::green, "✔") : paint(Style::red, "✖"), text_of(attempt, "number"),
        shown_time(text_of(attempt, "startedAt"), local_time),
        paint(is_good ? Style::green : Style::red, status.empty() ? printable(failure) : status_text(status)),
        paint(Style::dim, times_text(member_of(attempt, "times")))));
    if (const auto address = text_of(attempt, "address"); !address.empty())
        print_line("    " + paint(Style::dim, "to " + printable(address) + "  " + printable(text_of(attempt, "url"))));
    if (const auto detail = text_of(attempt, "detail"); !detail.empty()) print_line("    " + printable(detail));
    if (const auto& notes = member_of(attempt, "notes"); notes.is_array())
        for (const auto& note : notes.get_array())
            if (note.is_string()) print_line("    " + paint(Style::yellow, "note: ") + printable(note.get_string()));
    print_headers(member_of(attempt, "responseHeaders"), paint);
    if (const auto body = text_of(attempt, "responseBody"); !body.empty())
        print_line(indented(pretty_json(body, paint), "    "));
}

}  // namespace

std::string short_duration(std::string_view text) {
    if (!text.ends_with("ms")) return std::string(text);
    const double millis = std::strtod(std::string(text).c_str(), nullptr);
    if (millis < 10) return fmt::format("{:.1f} ms", millis);
    return millis < 1000 ? fmt::format("{:.0f} ms", millis) : fmt::format("{:.2f} s", millis / 1000);
}

Cell state_cell(std::string_view state, std::string_view reason) {
    std::string text(state);
    if (!reason.empty()) text += fmt::format(" ({})", reason);
    if (state == "delivered") return {"✔ " + text, Style::green};
    if (state == "dead") return {"✖ " + text, Style::red};
    if (state == "retrying") return {"↻ " + text, Style::yellow};
    if (state == "cancelled") return {"– " + text, Style::dim};
    return {"… " + text, Style::cyan};
}

std::vector<Cell> delivery_row(const json::value& delivery, Moment now) {
    const auto made = parse_rfc3339(text_of(delivery, "madeAt"));
    const auto status = text_of(delivery, "lastStatus");
    const auto answer = answer_of(delivery, "lastStatus", "lastFailure");
    return {{text_of(delivery, "id")},
            {made ? relative_time(*made, now) : ""},
            state_cell(text_of(delivery, "state"), text_of(delivery, "reason")),
            {text_of(delivery, "event")},
            {text_of(delivery, "addon")},
            {text_of(delivery, "attemptCount")},
            {answer, answer.empty()       ? Style::plain
                     : is_success(status) ? Style::green
                                          : Style::red},
            {short_duration(text_of(delivery, "lastDuration"))}};
}

void print_delivery(const json::value& delivery, const Paint& paint) {
    const auto state = state_cell(text_of(delivery, "state"), text_of(delivery, "reason"));
    print_line(
        fmt::format("{}  {}", paint(Style::bold, text_of(delivery, "id")), paint(state.style, printable(state.text))));
    const auto fact = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            print_line(fmt::format("  {} {}", paint(Style::dim, fmt::format("{:<13}", name)), printable(value)));
    };
    fact("event", text_of(delivery, "event") + "  " + text_of(delivery, "eventId"));
    fact("add-on", text_of(delivery, "addon") + ", webhook " + text_of(delivery, "webhook"));
    fact("made", shown_time(text_of(delivery, "madeAt"), local_time));
    if (const auto next = text_of(delivery, "nextAttemptAt"); !next.empty())
        fact("next attempt", shown_time(next, local_time));
    if (const auto ended = text_of(delivery, "endedAt"); !ended.empty()) fact("ended", shown_time(ended, local_time));
    fact("replay of", text_of(delivery, "replayOf"));

    if (const auto& request = member_of(delivery, "request"); request.is_object()) {
        print_line("\n" + paint(Style::bold, "Request"));
        print_line(fmt::format("    {} {}", paint(Style::bold, printable(text_of(request, "method"))),
                               printable(text_of(request, "url"))));
        print_headers(member_of(request, "headers"), paint);
        if (const auto body = text_of(request, "body"); !body.empty())
            print_line(indented(pretty_json(body, paint), "    "));
    }
    const auto& attempts = member_of(delivery, "attempts");
    if (!attempts.is_array() || attempts.get_array().empty()) return;
    print_line("\n" + paint(Style::bold, "Attempts"));
    for (const auto& attempt : attempts.get_array()) print_attempt(attempt, paint);
}

std::string live_line(std::string_view name, const json::value& data, const Paint& paint) {
    Style style = Style::plain;
    std::string_view symbol = " ";
    if (name == "event.accepted") symbol = "→";
    if (name == "delivery.attempted") symbol = "·", style = Style::dim;
    if (name == "delivery.delivered") symbol = "✔", style = Style::green;
    if (name == "delivery.dead") symbol = "✖", style = Style::red;
    if (name.starts_with("addon.")) symbol = "◆", style = Style::cyan;
    std::string line = fmt::format("{} {} {}", paint(Style::dim, local_clock(wall_now())), paint(style, symbol),
                                   paint(style, fmt::format("{:<18}", printable(name))));
    // The members that say most, in this order, whichever of them the event has.
    const auto add = [&](std::string_view text) {
        if (!text.empty()) line += "  " + printable(text);
    };
    add(text_of(data, "id").empty() ? text_of(data, "eventId") : text_of(data, "id"));
    add(text_of(data, "event"));
    add(text_of(data, "addon"));
    if (name.starts_with("addon.")) add(text_of(data, "state"));
    add(text_of(data, "detail"));
    if (const auto attempt = text_of(data, "attempt"); !attempt.empty()) add("attempt " + attempt);
    add(text_of(data, "status").empty() ? text_of(data, "failure") : text_of(data, "status"));
    add(short_duration(text_of(data, "duration")));
    add(text_of(data, "reason"));
    if (const auto deliveries = text_of(data, "deliveries"); !deliveries.empty())
        add(deliveries + (deliveries == "1" ? " delivery" : " deliveries"));
    if (const auto at = parse_rfc3339(text_of(data, "nextAttemptAt"))) add("again " + relative_time(*at, wall_now()));
    return line;
}

}  // namespace posthorn::program

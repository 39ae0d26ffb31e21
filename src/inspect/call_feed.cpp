#include "inspect/call_feed.h"

#include <charconv>
#include <utility>

#include <boost/json/serialize.hpp>

#include "inspect/inspector_json.h"
#include "inspect/inspector_routes.h"

namespace posthorn::inspect {

namespace json = boost::json;
using api::Request;
using Detail = InspectorTables::Detail;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCallsAtOnce = 100;
constexpr std::size_t kBytesAtOnce = 1 << 20;
constexpr std::size_t kListenersMax = 100;  // Of one inspector.
constexpr auto kHeartbeat = 15s;

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

io::Task<Result<std::vector<RecordedCall>>> read_calls(Inspectors& inspectors, std::string id, std::uint64_t after,
                                                       Detail detail) {
    std::function<Result<std::vector<RecordedCall>>(InspectorTables&)> query = [id, after,
                                                                                detail](InspectorTables& tables) {
        return tables.calls_after(id, after, kCallsAtOnce, detail, kBytesAtOnce);
    };
    co_return co_await inspectors.store().run(std::move(query));
}

std::string event_text(std::string_view name, const std::string& data) {
    std::string text = "event: ";
    return text.append(name).append("\ndata: ").append(data).append("\n\n");
}

std::string gap_text(std::uint64_t dropped) {
    const json::object gap{{"dropped", dropped},
                           {"detail", "The oldest calls were dropped, for there were more than are kept."}};
    return event_text("stream.gap", json::serialize(gap));
}

std::string end_text(const EndedInspector& ended) {
    const json::object end{{"at", to_rfc3339(ended.at)}, {"why", to_text(ended.why)}};
    return event_text("inspector.ended", json::serialize(end));
}

/// Its place among those who listen ends with it.
struct Listening {
    LiveInspectorPtr live;
    std::list<io::Signal*>::iterator place;
    Listening(LiveInspectorPtr live_in, io::Signal& signal)
        : live(std::move(live_in)), place(live->listeners.insert(live->listeners.end(), &signal)) {}
    ~Listening() { live->listeners.erase(place); }
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
};

io::Task<void> refuse(Request& request, http::Problem problem) {
    auto response = http::to_response(problem, problem.status == 503 ? 5 : 0);
    static_cast<void>(co_await request.exchange.respond(std::move(response)));
}

/// Where the listener wants to begin; nothing when a parameter is wrong.
std::optional<std::uint64_t> beginning(const Request& request, const Inspector& inspector) {
    const auto last = inspector.last_number;
    const auto resume = request.exchange.header("Last-Event-ID");
    // An id that is none of ours is one of another inspector: from the first call on is better than to miss one.
    if (resume && !resume->empty()) return std::min(number_in(*resume).value_or(0), last);
    const auto after = request.query("after");
    if (!after) return last;
    const auto number = number_in(*after);
    return number ? std::optional(std::min(*number, last)) : std::nullopt;
}

}  // namespace

io::Task<void> stream_calls(Request& request, Inspectors& inspectors) {
    const auto found = find_inspector(request, inspectors, Use::read);
    if (!found) {
        co_await refuse(request, found.error());
        co_return;
    }
    const auto& live = *found;
    const auto begin = beginning(request, live->inspector);
    if (!begin) {
        http::Problem problem{400, "wrong-parameter", "Wrong query parameter",
                              "after must be the number of a call, or 0."};
        co_await refuse(request, std::move(problem));
        co_return;
    }
    if (live->listeners.size() >= kListenersMax) {
        http::Problem problem{503, "overloaded", "Overloaded", "So many follow this inspector that no other one can."};
        co_await refuse(request, std::move(problem));
        co_return;
    }
    const auto detail = request.query("full") == "true" ? Detail::full : Detail::summary;
    io::Signal signal(inspectors.engine().net().get_executor());
    const Listening listening(live, signal);
    http::HeaderList headers{{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}};
    auto written = co_await request.exchange.start_stream(200, std::move(headers));
    if (written) written = co_await request.exchange.write_piece("retry: 1000\n\n");
    auto position = *begin;
    while (written && !inspectors.is_stopping()) {
        // Who came by a key or a session stays no longer than that; whoever has the secret may come anew.
        const auto snapshot = inspectors.engine().registry().snapshot();
        if (!api::still_holds(request.caller, *snapshot)) break;
        if (live->ended) {
            auto end = end_text(*live->ended);
            written = co_await request.exchange.write_piece(std::move(end));
            break;
        }
        std::string piece;
        if (position < live->inspector.last_number) {
            const auto calls = co_await read_calls(inspectors, live->inspector.id, position, detail);
            if (!calls && calls.error().code == Errc::not_found) continue;  // It has just ended.
            if (!calls) break;  // The client comes back by itself.
            if (const auto next = calls->empty() ? live->inspector.last_number + 1 : calls->front().number;
                next > position + 1)
                piece += gap_text(next - position - 1);
            position = calls->empty() ? live->inspector.last_number : calls->back().number;
            for (const auto& call : *calls) {
                piece += "id: " + std::to_string(call.number) + "\n";
                piece +=
                    event_text("call", json::serialize(detail == Detail::full ? full_json(call) : summary_json(call)));
            }
        } else {
            const auto until = std::chrono::steady_clock::now() + kHeartbeat;
            co_await signal.wait_until(until);
            if (std::chrono::steady_clock::now() < until) continue;
            piece = ": still here\n\n";
        }
        written = co_await request.exchange.write_piece(std::move(piece));
    }
    if (written) static_cast<void>(co_await request.exchange.finish_stream());
}

io::Task<void> download_calls(Request& request, Inspectors& inspectors) {
    const auto found = find_inspector(request, inspectors, Use::read);
    if (!found) {
        co_await refuse(request, found.error());
        co_return;
    }
    const auto& live = *found;
    const auto last = live->inspector.last_number;
    http::HeaderList headers{
        {"Content-Type", "application/x-ndjson"},
        {"Cache-Control", "no-store"},
        {"Content-Disposition", "attachment; filename=\"inspector-" + live->inspector.id + ".ndjson\""}};
    auto written = co_await request.exchange.start_stream(200, std::move(headers));
    std::uint64_t position = 0;
    while (written && position < last) {
        const auto calls = co_await read_calls(inspectors, live->inspector.id, position, Detail::full);
        // A stream without its end shows that something is missing.
        if (!calls) co_return;
        if (calls->empty()) break;
        std::string piece;
        for (const auto& call : *calls)
            if (call.number <= last) piece.append(json::serialize(full_json(call))).append("\n");
        position = calls->back().number;
        if (!piece.empty()) written = co_await request.exchange.write_piece(std::move(piece));
    }
    if (written) static_cast<void>(co_await request.exchange.finish_stream());
}

}  // namespace posthorn::inspect

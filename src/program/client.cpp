#include "program/client.h"

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/client.h"
#include "http/problem_details.h"
#include "program/terminal.h"
#include "version.h"
#include "wire/http1.h"
#include "wire/percent.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024 * 1024;

io::DialTarget target_of(const wire::Url& url) {
    io::DialTarget target;
    target.is_https = url.scheme == wire::Scheme::https;
    target.host = url.host;
    target.port = url.port;
    return target;
}

http::AnswerLimits limits_of(std::size_t bytes_max) {
    http::AnswerLimits limits;
    limits.body_read_max = bytes_max;
    limits.body_kept_max = bytes_max;
    limits.too_long_is_error = true;
    return limits;
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string hint_of(std::uint16_t status) {
    if (status == 401)
        return "\nGive an API key: POSTHORN_API_KEY=phk_... in the environment (the server prints the first one when "
               "it "
               "starts; 'posthorn key create' makes more).";
    if (status == 403)
        return "\nUse a key with more rights in POSTHORN_API_KEY, or have one made: posthorn key create --help";
    if (status == 404) return "";
    return "";
}

}  // namespace

std::optional<std::string> Reply::header(std::string_view name) const {
    std::vector<wire::Header> views;
    for (const auto& [known, value] : headers) views.push_back({known, value});
    const auto found = wire::find_header(views, name);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

Result<Client> Client::make(Loop& loop, ClientAccess access) {
    const auto url = wire::parse_url(access.server);
    if (!url)
        return fail(Errc::invalid, "--server '" + access.server + "' is no address of a server: " + url.error().detail +
                                       "; it looks like http://127.0.0.1:8080");
    while (access.server.ends_with('/')) access.server.pop_back();
    if (!wire::is_safe_header_value(access.api_key))
        return fail(Errc::invalid, "POSTHORN_API_KEY holds a line end; it must be the key alone, phk_...");
    return Client(loop, std::move(access), *url);
}

std::vector<std::pair<std::string, std::string>> Client::standing_headers() const {
    std::vector<std::pair<std::string, std::string>> headers{{"User-Agent", "posthorn/" POSTHORN_VERSION}};
    if (!access_.api_key.empty()) headers.emplace_back("Authorization", "Bearer " + access_.api_key);
    return headers;
}

Refusal Client::unreachable(std::string_view why) const {
    Refusal refusal;
    refusal.text = fmt::format(
        "No answer from the server at {}: {}\nIs it running? 'posthorn serve --dev' starts one; "
        "--server or POSTHORN_SERVER names another.",
        access_.server, printable(why));
    http::Problem problem{503, "server-unreachable", "No answer from the server", refusal.text};
    refusal.problem = http::to_json(problem);
    return refusal;
}

Answered<Reply> Client::send(const Call& call) {
    auto headers = standing_headers();
    headers.emplace_back("Accept", "application/json");
    headers.emplace_back("Connection", "close");
    if (!call.body.empty()) headers.emplace_back("Content-Type", call.content_type);
    for (const auto& header : call.headers) headers.push_back(header);
    std::string base = url_.path;
    while (base.ends_with('/')) base.pop_back();
    auto request = http::write_request(call.method, base + call.path, url_.authority(), headers, call.body);
    auto fetched = loop_->run(
        http::fetch(loop_->dialer(), target_of(url_), std::move(request), call.timeout, limits_of(kAnswerBytesMax)));
    if (!fetched.answer) return tl::unexpected(unreachable(fetched.failure.detail));
    return Reply{fetched.answer->status, std::move(fetched.answer->headers), std::move(fetched.answer->body)};
}

Answered<json::value> Client::call(const Call& call) {
    auto reply = send(call);
    if (!reply) return tl::unexpected(std::move(reply).error());
    if (reply->status < 200 || reply->status > 299) return tl::unexpected(refusal_of(*reply));
    if (reply->body.empty()) return json::value(nullptr);
    boost::system::error_code error;
    auto value = json::parse(reply->body, error);
    if (error) return tl::unexpected(unreachable("what came back is no JSON, so this is no Posthorn server"));
    return value;
}

Refusal refusal_of(const Reply& reply) {
    Refusal refusal;
    refusal.status = reply.status;
    boost::system::error_code error;
    const auto value = json::parse(reply.body, error);
    const auto* problem = !error ? value.if_object() : nullptr;
    if (problem == nullptr) {
        refusal.text = fmt::format("The server answered {} {}. Is this a Posthorn server?{}", reply.status,
                                   wire::reason_phrase(reply.status), hint_of(reply.status));
        http::Problem made{reply.status, "unexpected-answer", "Unexpected answer", refusal.text};
        refusal.problem = http::to_json(made);
        return refusal;
    }
    refusal.problem = reply.body;
    const auto title = text_at(*problem, "title");
    const auto detail = text_at(*problem, "detail");
    refusal.text = title.empty() ? fmt::format("The server answered {}.", reply.status) : printable(title);
    if (!detail.empty()) refusal.text += ": " + printable(detail);
    if (const auto* errors = problem->if_contains("errors"); errors != nullptr && errors->is_array()) {
        for (const auto& item : errors->get_array()) {
            if (!item.is_object()) continue;
            const auto pointer = text_at(item.get_object(), "pointer");
            refusal.text += fmt::format("\n  {}: {}", pointer.empty() ? "(whole)" : printable(pointer),
                                        printable(text_at(item.get_object(), "message")));
        }
    }
    refusal.text += hint_of(reply.status);
    return refusal;
}

std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string query;
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        query += query.empty() ? '?' : '&';
        query += name + "=" + wire::percent_encode(value);
    }
    return query;
}

Result<std::string> fetch_text(Loop& loop, const std::string& text, std::size_t bytes_max) {
    POSTHORN_TRY(const auto url, wire::parse_url(text));
    const std::vector<std::pair<std::string, std::string>> headers{
        {"User-Agent", "posthorn/" POSTHORN_VERSION}, {"Accept", "*/*"}, {"Connection", "close"}};
    auto request = http::write_request("GET", url.target(), url.authority(), headers, "");
    auto fetched = loop.run(
        http::fetch(loop.dialer(), target_of(url), std::move(request), std::chrono::seconds(20), limits_of(bytes_max)));
    if (!fetched.answer) return fail(Errc::broken, fetched.failure.detail, text);
    if (fetched.answer->status != 200) {
        std::string detail =
            fmt::format("answered {} {}", fetched.answer->status, wire::reason_phrase(fetched.answer->status));
        if (const auto location = fetched.answer->header("Location"))
            detail += "; redirects are not followed, give " + printable(*location) + " itself";
        return fail(Errc::broken, std::move(detail), text);
    }
    return std::move(fetched.answer->body);
}

}  // namespace posthorn::program

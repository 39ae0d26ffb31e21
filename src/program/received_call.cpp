#include "program/received_call.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include "program/client_command.h"
#include "program/json_print.h"
#include "program/time_text.h"
#include "wire/http1.h"

namespace posthorn::program {

namespace {

bool is_credential(std::string_view name) {
    const std::vector<wire::Header> one{{name, ""}};
    return wire::find_header(one, "authorization").has_value();
}

}  // namespace

std::string ReceivedCall::header(std::string_view name_wanted) const {
    std::vector<wire::Header> views;
    for (const auto& [known, value] : headers) views.push_back({known, value});
    return std::string(wire::find_header(views, name_wanted).value_or(""));
}

void print_call(const ReceivedCall& call, Bodies bodies, const Paint& paint) {
    const bool is_ok = call.verification.is_ok();
    const auto retry = call.header("X-Atlassian-Webhook-Retry");
    std::string token;
    if (is_ok) token = paint(Style::green, "token ok") + paint(Style::dim, " (" + printable(call.signer) + ")");
    else if (call.signer.empty() && call.header("Authorization").empty()) token = paint(Style::yellow, "no token");
    else token = paint(Style::red, "token wrong");
    print_line(
        fmt::format("{} {} {}  {}  {}{}{}", paint(Style::dim, local_clock(call.at)),
                    is_ok ? paint(Style::green, "✔") : paint(Style::red, "✖"),
                    paint(call.kind == ReceivedCall::Kind::lifecycle ? Style::cyan : Style::bold, printable(call.name)),
                    token, paint(Style::dim, fmt::format("{} bytes", call.body.size())),
                    retry.empty() ? "" : paint(Style::yellow, "  retry " + printable(retry)),
                    call.answered == 200 || call.answered == 204
                        ? ""
                        : paint(Style::yellow, fmt::format("  answered {}", call.answered))));
    if (const auto id = call.header("X-Atlassian-Webhook-Identifier"); !id.empty())
        print_line("         " + paint(Style::dim, printable(call.method + " " + call.target) + "  " + printable(id)));
    if (!is_ok && !call.header("Authorization").empty())
        for (const auto& check : call.verification.checks)
            if (!check.is_ok())
                print_line("         " + check.name + ": " + paint(Style::red, "wrong: ") + check.wrong);
    if (bodies == Bodies::shown && !call.body.empty()) print_line(pretty_json(call.body, paint));
}

boost::json::object to_json(const ReceivedCall& call) {
    json::object object;
    object["at"] = to_rfc3339(call.at);
    object["kind"] = call.kind == ReceivedCall::Kind::lifecycle ? "lifecycle" : "webhook";
    object["name"] = printable(call.name);
    object["method"] = printable(call.method);
    object["target"] = printable(call.target);
    json::array headers;
    for (const auto& [name, value] : call.headers)
        headers.push_back(
            json::object{{"name", printable(name)}, {"value", is_credential(name) ? "***" : printable(value)}});
    object["headers"] = std::move(headers);
    json::object token{{"ok", call.verification.is_ok()}, {"signer", call.signer}};
    for (const auto& check : call.verification.checks)
        token[check.name] = check.is_ok() ? "ok" : "wrong: " + check.wrong;
    object["token"] = std::move(token);
    boost::system::error_code error;
    auto body = json::parse(call.body, error);
    object["body"] = error ? json::value(printable_lines(call.body)) : std::move(body);
    object["answered"] = call.answered;
    return object;
}

}  // namespace posthorn::program

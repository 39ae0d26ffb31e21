#include "program/inspected_call.h"

#include <charconv>

#include <boost/json/array.hpp>

#include "program/client_command.h"
#include "wire/base64.h"

namespace posthorn::program {

std::string body_of(const json::value& call) {
    auto text = text_of(call, "body");
    if (text_of(call, "bodyEncoding") != "base64") return text;
    return wire::base64_decode(text).value_or(std::move(text));
}

std::optional<ReceivedCall> inspected_call(const json::value& call) {
    const auto at = parse_rfc3339(text_of(call, "at"));
    if (!at || !member_of(call, "n").is_number()) return std::nullopt;
    ReceivedCall received;
    received.kind = text_of(call, "kind") == "lifecycle" ? ReceivedCall::Kind::lifecycle : ReceivedCall::Kind::webhook;
    received.at = *at;
    received.name = text_of(call, "name");
    received.method = text_of(call, "method");
    received.target = text_of(call, "target");
    if (const auto& headers = member_of(call, "headers"); headers.is_array())
        for (const auto& header : headers.get_array())
            received.headers.emplace_back(text_of(header, "name"), text_of(header, "value"));
    received.body = body_of(call);
    const auto& token = member_of(call, "token");
    received.signer = text_of(token, "signer");
    if (const auto& checks = member_of(token, "checks"); checks.is_array())
        for (const auto& check : checks.get_array())
            received.verification.checks.push_back({text_of(check, "name"), printable(text_of(check, "wrong"))});
    const auto answered = text_of(call, "answered");
    std::from_chars(answered.data(), answered.data() + answered.size(), received.answered);
    return received;
}

}  // namespace posthorn::program

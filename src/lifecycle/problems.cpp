#include "lifecycle/problems.h"

#include <algorithm>

#include <fmt/format.h>

#include "wire/json_string.h"

namespace posthorn::lifecycle {

namespace {

constexpr std::size_t kShownBytesMax = 1024;

bool is_redirect(std::uint16_t status) { return status >= 300 && status < 400; }

/// The beginning of a body that a person can read; nothing of one that is no text.
std::string shown(const std::string& body) {
    auto text = body.substr(0, kShownBytesMax);
    const auto is_binary = [](unsigned char c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; };
    if (std::ranges::any_of(text, is_binary)) return {};
    // Don't end in the middle of a character of UTF-8.
    if (text.size() < body.size())
        while (!text.empty() && (static_cast<unsigned char>(body[text.size()]) & 0xC0U) == 0x80U) text.pop_back();
    const auto last = text.find_last_not_of(" \t\r\n");
    text.resize(last == std::string::npos ? 0 : last + 1);
    return text;
}

std::string_view remedy(std::uint16_t status) {
    if (is_redirect(status)) return "Redirects are never followed: put the final address into the descriptor.";
    switch (status) {
        case 400:
        case 401:
        case 403:
            return "It refused the call, most often for its signature: an add-on that checks asymmetric tokens reads "
                   "the key at {public-url}/install-keys (atlassian-connect-express: CONNECT_KEYS_CDN_URL); for an "
                   "older one set installSigning to \"legacy\".";
        case 404:
        case 405:
        case 410: return "Check baseUrl and lifecycle.installed in the descriptor: no such handler is there.";
        default: return status >= 500 ? "Look into the add-on's log, and install it again." : "";
    }
}

void append_answer(std::string& text, const http::Answer& answer) {
    if (is_redirect(answer.status))
        if (const auto location = answer.header("Location")) text += fmt::format(" (a redirect to {})", *location);
}

std::string failure_word(const CallResult& result) { return std::string(model::to_string(result.failure.failure)); }

void add_failure(http::Problem& problem, const CallResult& result) {
    problem.members.emplace_back("failure", wire::json_string(failure_word(result)));
}

}  // namespace

http::Problem descriptor_wrong(const registry::Findings& faults, std::string_view url) {
    http::Problem problem{422, "descriptor-wrong", "The descriptor is wrong", {}};
    problem.detail = url.empty() ? std::string("The descriptor") : fmt::format("The descriptor at {}", url);
    problem.detail += faults.size() == 1 ? fmt::format(" has a fault: {}", faults.front().message)
                                         : fmt::format(" has {} faults; errors[] lists all of them.", faults.size());
    for (const auto& fault : faults) problem.errors.push_back({fault.pointer, fault.message});
    return problem;
}

http::Problem own_origin_refused(std::string_view url) {
    registry::Findings faults;
    faults.push_back({"/baseUrl",
                      "baseUrl is at this server's own public address, which only its inspectors may use; "
                      "an inspector is installed by its descriptorUrl"});
    return descriptor_wrong(faults, url);
}

http::Problem descriptor_url_wrong(std::string_view url, std::string_view why) {
    http::Problem problem{422, "descriptor-unreachable", "The descriptor can't be fetched", {}};
    problem.detail = fmt::format("\"{}\" is no URL of a descriptor: {}", url, why);
    problem.errors.push_back({"/descriptorUrl", std::string(why)});
    return problem;
}

http::Problem descriptor_unreachable(std::string_view url, const CallResult& result) {
    http::Problem problem{422, "descriptor-unreachable", "The descriptor can't be fetched", {}};
    if (result.answer) {
        problem.detail = fmt::format("{} answered {}", url, result.answer->status);
        append_answer(problem.detail, *result.answer);
        problem.detail += is_redirect(result.answer->status) ? "; redirects are never followed: give the final address."
                                                             : "; 200 with the descriptor was expected.";
        problem.members.emplace_back("descriptorStatus", std::to_string(result.answer->status));
        return problem;
    }
    problem.detail = fmt::format("{} could not be fetched: {}", url, result.failure.detail);
    if (result.is_too_large) problem.members.emplace_back("failure", "\"too_large\"");
    else add_failure(problem, result);
    return problem;
}

http::Problem install_callback_failed(std::string_view url, const CallResult& result, std::string_view consequence) {
    http::Problem problem{422, "install-callback-failed", "The add-on did not take the install call", {}};
    if (!result.answer) {
        problem.detail =
            fmt::format("The lifecycle call to {} got no answer: {} {}", url, result.failure.detail, consequence);
        add_failure(problem, result);
        return problem;
    }
    const auto& answer = *result.answer;
    problem.detail = fmt::format("The lifecycle call to {} was answered with {}", url, answer.status);
    append_answer(problem.detail, answer);
    problem.detail += "; 200, 201 or 204 was expected.";
    if (const auto help = remedy(answer.status); !help.empty()) problem.detail.append(" ").append(help);
    problem.detail.append(" ").append(consequence);
    if (const auto text = shown(answer.body); !text.empty()) problem.detail += "\nThe answer says: " + text;
    problem.members.emplace_back("callbackStatus", std::to_string(answer.status));
    return problem;
}

http::Problem not_installed(std::string_view addon_key) {
    return {404, "not-found", "Not found",
            fmt::format("The add-on \"{}\" is not installed on this tenant.", addon_key)};
}

http::Problem no_such_installation() { return {404, "not-found", "Not found", "There is no such installation."}; }

http::Problem busy(std::string_view addon_key) {
    return {
        409, "addon-busy", "Another operation is under way",
        fmt::format("The add-on \"{}\" is just being installed or changed; try again when that has ended.", addon_key)};
}

http::Problem problem_of(const Error& error) {
    auto detail = to_string(error);
    switch (error.code) {
        case Errc::not_found: return {404, "not-found", "Not found", std::move(detail)};
        case Errc::conflict: return {409, "conflict", "Conflict", std::move(detail)};
        case Errc::full: return {503, "overloaded", "Overloaded", std::move(detail)};
        case Errc::timeout:
        case Errc::io:
        case Errc::broken:
        case Errc::cancelled: return {503, "unavailable", "Unavailable", std::move(detail)};
        default: return {500, "internal", "Internal error", std::move(detail)};
    }
}

}  // namespace posthorn::lifecycle

// `posthorn verify`: is the token of this request right?

#include <cstdio>
#include <memory>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "io/file.h"
#include "program/client_command.h"
#include "program/commands.h"
#include "program/json_print.h"
#include "program/raw_request.h"
#include "program/time_text.h"
#include "sign/verification.h"
#include "wire/percent.h"
#include "wire/url.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kRequestBytesMax = 8 * 1024 * 1024;

struct Options {
    std::string secret;
    std::string public_key;
    std::string base_url;
    std::string method;
    std::string url;
    std::string token;
    std::vector<std::string> headers;
    std::string at;
    bool json = false;
};

bool is_name(std::string_view text, std::string_view name) {
    return text.size() == name.size() && std::equal(text.begin(), text.end(), name.begin(), [](char a, char b) {
               return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
           });
}

/// A token in the Authorization header, if the value is one of ours.
std::string token_of_header(std::string_view name, std::string_view value) {
    return is_name(name, "authorization") ? std::string(value) : std::string();
}

/// The token in the query, as pages of add-ons get it.
std::string token_of_query(const std::string& url) {
    const auto mark = url.find('?');
    std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(url).substr(mark + 1);
    while (!rest.empty()) {
        const auto parameter = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
        if (parameter.starts_with("jwt=")) return wire::percent_decode(parameter.substr(4), wire::Plus::space);
    }
    return {};
}

Result<sign::ReceivedRequest> request_of(const Options& options) {
    sign::ReceivedRequest request;
    request.base_url = options.base_url;
    request.method = options.method;
    request.url = options.url;
    request.token = options.token;
    for (const auto& header : options.headers) {
        const auto colon = header.find(':');
        if (colon == std::string::npos)
            return fail(Errc::invalid, "--header '" + header + "' is no header: give 'Authorization: JWT ...'");
        auto value = header.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        if (request.token.empty()) request.token = token_of_header(header.substr(0, colon), value);
    }
    if (request.url.empty()) {
        if (is_terminal(stdin))
            return fail(Errc::invalid, "give --url (and --method), or a raw HTTP request on standard input");
        POSTHORN_TRY(const auto text, read_input("-", kRequestBytesMax));
        POSTHORN_TRY(const auto raw, parse_raw_request(text));
        request.url = raw.target;
        if (request.method.empty()) request.method = raw.method;
        for (const auto& [name, value] : raw.headers)
            if (request.token.empty()) request.token = token_of_header(name, value);
    }
    if (request.method.empty()) request.method = "POST";
    if (request.token.empty()) request.token = token_of_query(request.url);
    return request;
}

Result<sign::VerificationKey> key_of(const Options& options) {
    sign::VerificationKey key;
    if (options.secret.empty() == options.public_key.empty())
        return fail(Errc::invalid,
                    "give either --secret (the add-on's shared secret) or --public-key (of RS256 tokens)");
    if (!options.secret.empty()) {
        key.secret = options.secret;
        return key;
    }
    POSTHORN_TRY(const auto pem, io::read_file(io::posix_disk(), options.public_key, 64 * 1024));
    auto public_key = wire::RsaKey::from_public_pem(pem);
    if (!public_key) return fail(Errc::invalid, public_key.error().detail, options.public_key);
    key.public_key = *std::move(public_key);
    return key;
}

json::value parsed_or_text(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return error ? json::value(text) : value;
}

void print_as_json(const sign::Verification& verification) {
    json::object object;
    object["ok"] = verification.is_ok();
    for (const auto& check : verification.checks)
        object[check.name] =
            check.is_ok() ? json::object{{"ok", true}} : json::object{{"ok", false}, {"wrong", check.wrong}};
    object["canonical"] = verification.expected;
    object["signedFor"] = verification.signed_for.empty() ? json::value(nullptr) : json::value(verification.signed_for);
    if (verification.token) {
        object["header"] = parsed_or_text(verification.token->header_json);
        object["claims"] = parsed_or_text(verification.token->claims_json);
    }
    print_line(pretty_json(json::serialize(object), Paint::for_stream(stdout)));
}

int run(const Options& options) {
    auto now = Result<Moment>(wall_now());
    if (!options.at.empty()) now = parse_at(options.at);
    if (!now) return wrong_usage("--at " + now.error().detail);
    if (!options.base_url.empty() && !wire::parse_url(options.base_url))
        return wrong_usage("--base-url '" + printable(options.base_url) +
                           "' is no URL: give the descriptor's baseUrl, " + "https://addon.example.com/app");
    const auto key = key_of(options);
    if (!key) return wrong_usage(to_string(key.error()));
    const auto request = request_of(options);
    if (!request) return wrong_usage(to_string(request.error()));
    const auto verification = sign::verify(*request, *key, *now);
    if (options.json) {
        print_as_json(verification);
    } else {
        const auto paint = Paint::for_stream(stdout);
        for (const auto& check : verification.checks)
            print_line(check.name + ": " +
                       (check.is_ok() ? paint(Style::green, "ok") : paint(Style::red, "wrong: ") + check.wrong));
    }
    return verification.is_ok() ? kDone : kRefused;
}

}  // namespace

void add_verify_command(Arguments& root) {
    auto command =
        root.command("verify", "Check a received request's JWT: signature, times, and the request it is bound to",
                     "posthorn verify --secret S --base-url https://addon.example.com/app --method POST \\\n"
                     "    --url 'https://addon.example.com/app/hook?user_id=ada' --token eyJ0eXAi...\n"
                     "posthorn verify --secret S --base-url https://addon.example.com < request.txt");
    const auto options = std::make_shared<Options>();
    command.text("--secret", options->secret, "The shared secret that 'installed' brought", "S");
    command.text("--public-key", options->public_key, "PEM file of the key that signs installs (RS256)", "FILE");
    command.text("--base-url", options->base_url, "The descriptor's baseUrl; its path is no part of the hash", "URL");
    command.text("--method", options->method, "The request's method (default POST)", "M");
    command.text("--url", options->url,
                 "The request's URL, or its path and query; without it a raw HTTP request is read "
                 "from standard input",
                 "URL");
    command.text("--token", options->token, "The token, with or without 'JWT ' in front", "T");
    command.texts("--header", options->headers, "A header of the request, 'Authorization: JWT ...'; repeatable", "H");
    command.text("--at", options->at, "Judge the times as of then: RFC 3339 or seconds since 1970 (default now)",
                 "TIME");
    command.flag("--json", options->json, "Print JSON, with the decoded token");
    command.action([options] { return run(*options); });
}

}  // namespace posthorn::program

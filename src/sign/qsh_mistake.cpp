// Finding out what a wrong qsh was made of: every combination of the mistakes that people make is hashed.

#include <array>
#include <vector>

#include <fmt/format.h>

#include "sign/verification.h"
#include "wire/percent.h"
#include "wire/qsh.h"
#include "wire/url.h"

namespace posthorn::sign {

namespace {

/// A part of the canonical request as it may have been, and the mistake behind it (empty: none).
struct Variant {
    std::string text;
    std::string mistake;
};

struct Parts {
    std::string path;  // As on the wire.
    std::string query;
    std::string base_path;
    std::string origin;
};

Parts parts_of(const ReceivedRequest& request) {
    Parts parts;
    const auto url = wire::parse_url(request.url);
    auto target = url ? url->target() : request.url;
    target.resize(std::min(target.size(), target.find('#')));
    if (!target.starts_with('/')) target.insert(0, "/");
    const auto mark = target.find('?');
    parts.path = target.substr(0, mark);
    if (mark != std::string::npos) parts.query = target.substr(mark + 1);
    if (const auto base = wire::parse_url(request.base_url)) {
        parts.base_path = base->path;
        while (parts.base_path.ends_with('/')) parts.base_path.pop_back();
        parts.origin = base->origin();
    } else if (url) {
        parts.origin = url->origin();
    }
    return parts;
}

/// A canonical request has three parts between ampersands; the path's own are escaped.
std::string part_of(const std::string& canonical, int index) {
    std::size_t begin = 0;
    for (int i = 0; i < index; ++i) begin = canonical.find('&', begin) + 1;
    return index == 2 ? canonical.substr(begin) : canonical.substr(begin, canonical.find('&', begin) - begin);
}

std::string path_part(std::string_view path) { return part_of(wire::canonical_request("GET", path, ""), 1); }
std::string query_part(std::string_view query) { return part_of(wire::canonical_request("GET", "/", query), 2); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

std::string lower_hex(std::string text) {
    for (std::size_t i = 0; i + 2 < text.size(); ++i)
        if (text[i] == '%')
            for (const auto k : {i + 1, i + 2})
                if (text[k] >= 'A' && text[k] <= 'F') text[k] = static_cast<char>(text[k] + ('a' - 'A'));
    return text;
}

std::vector<Variant> methods_of(const std::string& method) {
    std::vector<Variant> variants{{part_of(wire::canonical_request(method, "/", ""), 0), ""}};
    for (const auto* other : {"POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
        if (variants.front().text != other)
            variants.push_back({other, fmt::format("it was made for the method {}", other)});
    variants.push_back({"post", "the method is in lower case; it must be in upper case"});
    return variants;
}

std::vector<Variant> paths_of(const Parts& parts) {
    const auto relative = std::string(wire::without_base_path(parts.path, parts.base_path));
    std::vector<Variant> variants{{path_part(relative), ""}};
    const auto add = [&](std::string text, std::string mistake) {
        variants.push_back({std::move(text), std::move(mistake)});
    };
    if (!parts.base_path.empty()) {
        add(path_part(parts.path), "the path of the base URL was not left out");
        add(path_part(parts.base_path + parts.path), "the path of the base URL stands before a path without it");
    }
    auto bare = relative;
    while (bare.size() > 1 && bare.ends_with('/')) bare.pop_back();
    if (bare != "/") add(replaced(bare, "&", "%26") + "/", "the trailing slash was kept; one is removed");
    if (!parts.base_path.empty() && parts.path != bare)
        add(replaced(parts.path, "&", "%26") + "/",
            "the path of the base URL was not left out, and a trailing slash was kept");
    add("", relative == "/" ? "an empty path was kept empty; it is '/'" : "the path was left out");
    add(replaced(bare, "&", "%26").substr(bare.starts_with('/') ? 1 : 0), "the path's leading slash is missing");
    add(parts.origin + bare, "scheme and host stand before the path; only the path counts");
    if (parts.path != parts.base_path)
        add(parts.origin + parts.path, "scheme and host stand before the path; only the path counts");
    if (wire::percent_decode(bare) != bare)
        add(replaced(wire::percent_decode(bare), "&", "%26"),
            "the path's escapes were decoded; they stay as on the wire");
    if (bare.find('%') != std::string::npos) {
        add(replaced(bare, "%", "%25"), "the path was encoded twice");
        add(lower_hex(bare), "the path's escapes have hex digits in lower case");
    }
    if (bare.find('&') != std::string::npos) add(bare, "an & in the path was not written %26");
    // A proxy that maps a prefix away or adds one.
    for (auto at = parts.path.find('/', 1); at != std::string::npos; at = parts.path.find('/', at + 1))
        if (parts.path.substr(at) != relative)
            add(path_part(parts.path.substr(at)),
                fmt::format("a proxy seems to put '{}' before the path: the base URL's "
                            "path is another one",
                            parts.path.substr(0, at)));
    return variants;
}

/// The parameters joined in the order of the wire, with names and values changed by `change`.
template <class Change>
std::string raw_query(std::string_view query, Change change) {
    std::string out;
    while (!query.empty()) {
        const auto parameter = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), parameter.size() + 1));
        if (parameter.empty()) continue;
        if (!out.empty()) out += '&';
        const auto equals = parameter.find('=');
        out += change(parameter.substr(0, equals)) + "=";
        if (equals != std::string_view::npos) out += change(parameter.substr(equals + 1));
    }
    return out;
}

std::vector<Variant> queries_of(const Parts& parts) {
    const auto right = query_part(parts.query);
    std::vector<Variant> variants{{right, ""}};
    const auto add = [&](std::string text, std::string mistake) {
        for (const auto& variant : variants)
            if (variant.text == text) return;
        variants.push_back({std::move(text), std::move(mistake)});
    };
    const auto same = [](std::string_view text) { return std::string(text); };
    // `jwt` renamed: a parameter that is not left out, put where sorting puts it.
    if (parts.query.find("jwt=") != std::string::npos) {
        const auto marked = query_part(replaced("&" + parts.query, "&jwt=", "&jwt.=").substr(1));
        add(replaced(marked, "jwt.=", "jwt="), "the parameter jwt was not left out");
    }
    add("", "the query was left out");
    add("?" + right, "the query has its '?'");
    add(replaced(right, "%20", "+"), "a space was written '+'; it must be %20");
    add(replaced(right, "%20", "%2B"), "'+' was taken for itself; in a query it is a space");
    add(lower_hex(right), "escapes have hex digits in lower case; they must be upper case");
    add(replaced(right, "%7E", "~"), "'~' was encoded");
    add(replaced(right, "~", "%7E"), "'~' was encoded; it stays as it is");
    add(replaced(right, "%2A", "*"), "'*' was not encoded");
    add(replaced(right, "%", "%25"), "the query was encoded twice");
    add(query_part(replaced(parts.query, "%25", "%")),
        "the query reached this side encoded once more than it was signed");
    add(parts.query, "the query was taken as it is on the wire, neither sorted nor encoded anew");
    add(raw_query(parts.query, same), "the parameters were not sorted");
    const auto encoded = [](std::string_view text) {
        return wire::percent_encode(wire::percent_decode(text, wire::Plus::space));
    };
    add(raw_query(parts.query, encoded), "the parameters were not sorted, or repeated ones not joined by ','");
    add(wire::percent_decode(right), "the query was not encoded");
    add(replaced(right, ",", "%2C"), "the ',' between the values of one name was encoded");
    // A parameter that one side doesn't have.
    std::vector<std::string> parameters;
    std::string_view rest = parts.query;
    while (!rest.empty() && parameters.size() < 32) {
        parameters.emplace_back(rest.substr(0, rest.find('&')));
        rest.remove_prefix(std::min(rest.size(), parameters.back().size() + 1));
    }
    for (std::size_t left_out = 0; left_out < parameters.size() && parameters.size() > 1; ++left_out) {
        std::string without;
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (i != left_out) without += (without.empty() ? "" : "&") + parameters[i];
        const auto name = parameters[left_out].substr(0, parameters[left_out].find('='));
        add(query_part(without), fmt::format("the parameter '{}' was not there when it was signed", name));
    }
    return variants;
}

std::string joined(const Variant& method, const Variant& path, const Variant& query) {
    std::string text;
    for (const auto* variant : {&method, &path, &query})
        if (!variant->mistake.empty()) text += (text.empty() ? "" : "; and ") + variant->mistake;
    return text;
}

}  // namespace

std::optional<QshMistake> find_qsh_mistake(const ReceivedRequest& request, std::string_view qsh) {
    const auto parts = parts_of(request);
    const auto methods = methods_of(request.method);
    const auto paths = paths_of(parts);
    const auto queries = queries_of(parts);
    // One mistake is likelier than two, and two than three.
    for (int mistakes = 1; mistakes <= 3; ++mistakes) {
        for (const auto& method : methods)
            for (const auto& path : paths)
                for (const auto& query : queries) {
                    const int count = !method.mistake.empty() + !path.mistake.empty() + !query.mistake.empty();
                    if (count != mistakes) continue;
                    auto canonical = method.text + "&" + path.text + "&" + query.text;
                    if (wire::text_of(wire::hash_of_canonical_request(canonical)) != qsh) continue;
                    return QshMistake{std::move(canonical), joined(method, path, query)};
                }
    }
    return std::nullopt;
}

}  // namespace posthorn::sign

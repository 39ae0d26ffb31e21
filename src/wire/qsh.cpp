#include "wire/qsh.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <openssl/evp.h>

#include "base/assert.h"
#include "wire/percent.h"

namespace posthorn::wire {
namespace {

struct Parameter {
    std::string_view name;
    std::string_view value;
};

// A query whose names and values are unreserved characters only needs no decoding and no encoding.
// Nothing when it is of another kind, or has more parameters than `parameters` holds.
std::optional<std::size_t> split_plain(std::string_view query, std::array<Parameter, 24>& parameters) {
    std::size_t count = 0;
    std::size_t start = 0;
    std::size_t equals = std::string_view::npos;
    for (std::size_t i = 0; i <= query.size(); ++i) {
        if (i < query.size() && query[i] != '&') {
            if (query[i] == '=' && equals == std::string_view::npos) equals = i;
            else if (!is_unreserved(query[i])) return std::nullopt;
            continue;
        }
        if (i > start) {
            if (count == parameters.size()) return std::nullopt;
            const std::size_t name_end = std::min(equals, i);
            const std::size_t value_start = std::min(name_end + 1, i);
            parameters[count++] = {query.substr(start, name_end - start), query.substr(value_start, i - value_start)};
        }
        start = i + 1;
        equals = std::string_view::npos;
    }
    return count;
}

// Whether `one` comes before `other` in UTF-16 code units, as Java and JavaScript sort strings. The order
// is that of the UTF-8 bytes, except that surrogate pairs (U+10000 and up, lead byte F0 to F4) come before
// U+E000 to U+FFFF (lead byte EE or EF).
bool is_before_in_utf16(std::string_view one, std::string_view other) {
    const auto [a, b] = std::ranges::mismatch(one, other);
    if (a == one.end() || b == other.end()) return b != other.end();
    const auto left = static_cast<unsigned char>(*a);
    const auto right = static_cast<unsigned char>(*b);
    if (left >= 0xEE && right >= 0xEE && (left >= 0xF0) != (right >= 0xF0)) return left >= 0xF0;
    return left < right;
}

struct DecodedParameter {
    std::string name;  // Encoded again, the way canonical requests are.
    std::string value;
};

std::vector<DecodedParameter> split_decoded(std::string_view query) {
    std::vector<DecodedParameter> parameters;
    while (!query.empty()) {
        const std::string_view piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(piece.size() + 1, query.size()));
        if (piece.empty()) continue;
        const std::size_t equals = piece.find('=');
        DecodedParameter parameter;
        parameter.name = percent_encode(percent_decode(piece.substr(0, equals), Plus::space));
        if (equals != std::string_view::npos) {
            parameter.value = percent_decode(piece.substr(equals + 1), Plus::space);
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

// Appends sorted parameters; `append_value` writes a value encoded.
template <class Parameters, class AppendValue>
void append_sorted(std::string& out, const Parameters& parameters, AppendValue append_value) {
    const std::size_t start = out.size();
    std::string_view last_name;
    bool is_first = true;
    for (const auto& [name, value] : parameters) {
        if (name == "jwt") continue;
        if (!is_first && name == last_name) {
            out.push_back(',');
        } else {
            if (out.size() > start || !is_first) out.push_back('&');
            out += name;
            out.push_back('=');
        }
        append_value(value);
        last_name = name;
        is_first = false;
    }
}

void append_query(std::string& out, std::string_view query) {
    std::array<Parameter, 24> plain;
    if (const auto count = split_plain(query, plain)) {
        const std::span parameters(plain.data(), *count);
        std::ranges::sort(parameters, [](const Parameter& one, const Parameter& other) {
            return one.name != other.name ? one.name < other.name : one.value < other.value;
        });
        append_sorted(out, parameters, [&out](std::string_view value) { out += value; });
        return;
    }
    auto parameters = split_decoded(query);
    std::ranges::sort(parameters, [](const DecodedParameter& one, const DecodedParameter& other) {
        return one.name != other.name ? one.name < other.name : is_before_in_utf16(one.value, other.value);
    });
    append_sorted(out, parameters, [&out](std::string_view value) { append_percent_encoded(out, value); });
}

// Fetching the algorithm takes longer than hashing, so both it and a context are kept.
struct Sha256 {
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};

    std::array<unsigned char, 32> hash(std::string_view bytes) {
        std::array<unsigned char, 32> digest{};
        const int started = EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr);
        POSTHORN_ASSERT(started == 1);
        EVP_DigestUpdate(context.get(), bytes.data(), bytes.size());
        EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
        return digest;
    }
};

// The three parts; the method and the path hold no `&`.
std::array<std::string_view, 3> parts_of(std::string_view canonical) {
    const std::size_t first = canonical.find('&');
    if (first == std::string_view::npos) return {canonical, {}, {}};
    const std::size_t second = canonical.find('&', first + 1);
    if (second == std::string_view::npos) return {canonical.substr(0, first), canonical.substr(first + 1), {}};
    return {canonical.substr(0, first), canonical.substr(first + 1, second - first - 1), canonical.substr(second + 1)};
}

}  // namespace

void append_canonical_request(std::string& out, std::string_view method, std::string_view path,
                              std::string_view query) {
    for (const char c : method) out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    out.push_back('&');
    if (!path.starts_with('/')) out.push_back('/');
    if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    for (const char c : path) {
        if (c == '&') out += "%26";
        else out.push_back(c);
    }
    out.push_back('&');
    append_query(out, query);
}

std::string canonical_request(std::string_view method, std::string_view path, std::string_view query) {
    std::string out;
    append_canonical_request(out, method, path, query);
    return out;
}

QueryStringHash hash_of_canonical_request(std::string_view canonical) {
    thread_local Sha256 sha256;
    const auto digest = sha256.hash(canonical);
    QueryStringHash hash;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        hash[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hash[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return hash;
}

QueryStringHash query_string_hash(std::string_view method, std::string_view path, std::string_view query) {
    thread_local std::string canonical;  // Keeps its memory from call to call.
    canonical.clear();
    append_canonical_request(canonical, method, path, query);
    return hash_of_canonical_request(canonical);
}

QueryStringHash query_string_hash_of_target(std::string_view method, std::string_view target,
                                            std::size_t base_path_bytes) {
    POSTHORN_ASSERT(base_path_bytes <= target.size());
    target.remove_prefix(base_path_bytes);
    const std::size_t mark = target.find('?');
    const auto query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
    return query_string_hash(method, target.substr(0, mark), query);
}

CanonicalPart first_difference(std::string_view one, std::string_view other) {
    const auto left = parts_of(one);
    const auto right = parts_of(other);
    if (left[0] != right[0]) return CanonicalPart::method;
    if (left[1] != right[1]) return CanonicalPart::path;
    return left[2] != right[2] ? CanonicalPart::query : CanonicalPart::none;
}

std::string_view to_text(CanonicalPart part) {
    switch (part) {
        case CanonicalPart::none: return "nothing";
        case CanonicalPart::method: return "method";
        case CanonicalPart::path: return "path";
        case CanonicalPart::query: break;
    }
    return "query";
}

std::string_view without_base_path(std::string_view path, std::string_view base_path) {
    while (base_path.ends_with('/')) base_path.remove_suffix(1);
    if (!path.starts_with(base_path)) return path;
    const std::string_view rest = path.substr(base_path.size());
    return rest.empty() || rest.front() == '/' ? rest : path;
}

}  // namespace posthorn::wire

#include "wire/url_template.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.h"
#include "wire/percent.h"
#include "wire/url.h"

namespace posthorn::wire {
namespace {

// Stands for a variable where a template's own text is judged; literal text never holds it unencoded.
constexpr char kValueMark = '\x01';

// What RFC 3986 allows in path and query besides unreserved characters. The first `?` starts the query, so
// it is fine wherever it stands.
constexpr std::string_view kAllowed = "!$&'()*+,;=:@/?";

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Appends one character of literal text, or an escape, and returns how many bytes of `text` that took.
std::size_t append_literal(std::string& out, std::string_view text) {
    const char c = text.front();
    if (c == '%' && text.size() >= 3 && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
        out += text.substr(0, 3);
        return 3;
    }
    if (kAllowed.find(c) != std::string_view::npos) out.push_back(c);
    else append_percent_encoded(out, text.substr(0, 1));
    return 1;
}

// The name in `{name}` at the start of `text`; empty when there is none that could be a variable's.
std::string_view braced_name(std::string_view text) {
    if (!text.starts_with('{')) return {};
    // A name with one of the others would change what is path, query and parameter around it.
    const std::size_t end = text.find_first_of("{}/?#&=", 1);
    if (end == std::string_view::npos || text[end] != '}') return {};
    return text.substr(1, end - 1);
}

// The scheme that `text` starts with, as RFC 3986 sees it; empty when there is none.
std::string_view scheme_of(std::string_view text) {
    if (text.empty() || !is_alpha(text.front())) return {};
    const std::size_t end =
        std::ranges::find_if_not(
            text, [](char c) { return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; }) -
        text.begin();
    return end < text.size() && text[end] == ':' ? text.substr(0, end) : std::string_view{};
}

// Calls `each` with the parts of `text` between `separator`s.
template <class Each>
void split(std::string_view text, char separator, Each each) {
    for (;;) {
        const std::size_t end = text.find(separator);
        each(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

/// Builds one UrlTemplate.
class TemplateCompiler {
public:
    TemplateCompiler(std::string_view base_path, const std::function<bool(std::string_view)>& is_known,
                     TemplateKind kind)
        : is_known_(is_known), kind_(kind) {
        while (base_path.ends_with('/')) base_path.remove_suffix(1);
        literal_ = base_path;
        result_.url.base_path_bytes_ = base_path.size();
    }

    CompiledTemplate compile(std::string_view text) && {
        if (const auto scheme = scheme_of(text); !scheme.empty()) {
            fault("absolute_url",
                  fmt::format("it is an absolute URL with the scheme `{}`; allowed is a path that is joined to "
                              "baseUrl, such as /webhook",
                              scheme));
        }
        // However the text starts, there is one slash, so that it can never reach into the host.
        while (text.starts_with('/')) text.remove_prefix(1);
        literal_.push_back('/');

        text = text.substr(0, text.find('#'));
        while (!text.empty()) text.remove_prefix(take(text));
        end_literal();

        judge();
        return std::move(result_);
    }

private:
    void fault(std::string code, std::string message) {
        result_.faults.push_back({std::move(code), std::move(message)});
    }

    // Takes one character, escape or placeholder from the start of `text`; returns its length.
    std::size_t take(std::string_view text) {
        const bool has_dollar = text.starts_with("${");
        const std::string_view name =
            kind_ == TemplateKind::webhook ? braced_name(text.substr(has_dollar ? 1 : 0)) : std::string_view{};
        const std::size_t length = name.size() + (has_dollar ? 3 : 2);
        if (!name.empty()) {
            placeholder(name, text.substr(0, length));
            return length;
        }
        if (text.front() == '?') is_in_query_ = true;
        const std::size_t before = literal_.size();
        const std::size_t taken = append_literal(literal_, text);
        shape_ += std::string_view(literal_).substr(before);
        return taken;
    }

    void placeholder(std::string_view name, std::string_view written) {
        auto& variables = result_.url.variables_;
        auto found = std::ranges::find(variables, name, &TemplateVariable::name);
        if (found == variables.end()) {
            variables.push_back({std::string(name), is_known_(name)});
            found = variables.end() - 1;
        }
        end_literal();
        UrlTemplate::Piece piece;
        piece.variable = static_cast<std::int32_t>(found - variables.begin());
        if (found->is_known) {
            shape_.push_back(kValueMark);
        } else {
            for (std::string_view rest = written; !rest.empty();) rest.remove_prefix(append_literal(piece.text, rest));
            shape_ += piece.text;
        }
        result_.url.literal_bytes_ += piece.text.size();
        result_.url.pieces_.push_back(std::move(piece));
        if (!is_in_query_) result_.url.path_has_variable_ = true;
    }

    void end_literal() {
        if (literal_.empty()) return;
        result_.url.literal_bytes_ += literal_.size();
        result_.url.pieces_.push_back({std::move(literal_), -1});
        literal_.clear();
    }

    void judge() {
        const std::size_t mark = shape_.find('?');
        const auto shape = std::string_view(shape_);
        judge_path(shape.substr(0, mark));
        if (mark != std::string_view::npos) judge_query(shape.substr(mark + 1));

        // A sequence that starts before a variable cannot go on behind it, so each run of text counts alone.
        bool is_text = true;
        split(shape, kValueMark, [&](std::string_view run) { is_text = is_text && is_utf8(percent_decode(run)); });
        if (!is_text) fault("not_utf8", "its percent escapes are not UTF-8, so receivers could not read them");
    }

    void judge_path(std::string_view path) {
        if (has_dot_segment(path)) {
            fault("dot_segment",
                  "it has a path segment `.` or `..` (%2e counts as a dot), which would be resolved away");
        }
    }

    void judge_query(std::string_view query) {
        bool has_empty_name = false;
        std::string doubtful;
        split(query, '&', [&](std::string_view parameter) {
            const std::string_view name = parameter.substr(0, parameter.find('='));
            if (parameter.empty()) return;  // Between two `&`, no parameter.
            if (name.empty()) has_empty_name = true;
            else if (doubtful.empty() && !std::ranges::all_of(name, is_unreserved)) doubtful = name;
        });
        if (has_empty_name) fault("empty_query_name", "its query has a parameter with an empty name");
        if (doubtful.empty()) return;
        std::ranges::replace(doubtful, kValueMark, '*');
        result_.warnings.push_back(
            {"ambiguous_query_name",
             fmt::format("the query parameter name `{}` has characters besides A-Z a-z 0-9 - . _ ~; frameworks "
                         "differ in how they sort it for the qsh claim, and may refuse the call",
                         doubtful)});
    }

    const std::function<bool(std::string_view)>& is_known_;
    TemplateKind kind_;
    CompiledTemplate result_;
    std::string literal_;  // Text since the last placeholder.
    std::string shape_;    // The whole own text, encoded, kValueMark for each known variable.
    bool is_in_query_ = false;
};

CompiledTemplate UrlTemplate::compile(std::string_view base_path, std::string_view text,
                                      const std::function<bool(std::string_view)>& is_known, TemplateKind kind) {
    return TemplateCompiler(base_path, is_known, kind).compile(text);
}

Rendered UrlTemplate::render(std::span<const std::optional<std::string_view>> values, std::string& target) const {
    POSTHORN_ASSERT(values.size() == variables_.size());
    Rendered rendered;
    std::size_t bytes = literal_bytes_;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) bytes += values[i]->size();
        else if (variables_[i].is_known) rendered.without_value.push_back(variables_[i].name);
    }
    const std::size_t start = target.size();
    target.reserve(start + bytes);
    for (const Piece& piece : pieces_) {
        const auto index = static_cast<std::size_t>(piece.variable);
        if (piece.variable >= 0 && values[index]) append_percent_encoded(target, *values[index]);
        else target += piece.text;
    }
    if (path_has_variable_) {
        const auto made = std::string_view(target).substr(start);
        rendered.is_unsafe = has_dot_segment(made.substr(base_path_bytes_, made.find('?') - base_path_bytes_));
    }
    return rendered;
}

void append_user_parameters(std::string& target, std::optional<std::string_view> user_id,
                            std::optional<std::string_view> user_key) {
    const auto append = [&target](std::string_view name, std::string_view value) {
        const std::size_t mark = target.find('?');
        bool is_there = false;
        if (mark != std::string::npos) {
            split(std::string_view(target).substr(mark + 1), '&', [&](std::string_view parameter) {
                const std::string_view found = parameter.substr(0, parameter.find('='));
                is_there = is_there || found == name ||
                           (found.size() > name.size() && percent_decode(found, Plus::space) == name);
            });
        }
        if (is_there) return;
        if (mark == std::string::npos) target.push_back('?');
        else if (!target.ends_with('?') && !target.ends_with('&')) target.push_back('&');
        target += name;
        target.push_back('=');
        append_percent_encoded(target, value);
    };
    if (user_id) append("user_id", *user_id);
    if (user_key) append("user_key", *user_key);
}

}  // namespace posthorn::wire

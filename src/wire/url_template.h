#pragma once
// The url of a webhook or lifecycle call: `/hook?key=${issue.key}`, compiled once, rendered for each delivery.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::wire {

/// What has no variables: lifecycle urls take braces literally.
enum class TemplateKind : std::uint8_t { webhook, lifecycle };

struct TemplateVariable {
    std::string name;
    /// Known at install. An unknown one counts as a variable only when the event's context has a value
    /// for it; else its placeholder is literal text.
    bool is_known = false;
};

/// Something wrong or doubtful in the text of a template.
struct TemplateNote {
    std::string code;     ///< "absolute_url", "dot_segment", "empty_query_name", "not_utf8", "ambiguous_query_name".
    std::string message;  ///< A sentence: what was found and what is allowed.
};

/// What rendering met.
struct Rendered {
    /// The names of known variables that had no value, each once; they point into the template.
    std::vector<std::string_view> without_value;
    /// A path segment that holds a value came out as `.` or `..`: don't send it (`unsafe_url`).
    bool is_unsafe = false;
};

struct CompiledTemplate;

/// An immutable value; any thread may render it.
class UrlTemplate {
public:
    /// Compiles `text` as url of an add-on whose baseUrl has the path `base_path` ("" or "/app"; trailing
    /// slashes are ignored). `is_known` says whether the catalogue or a custom type has a variable. With
    /// faults, the template is still usable but must not be installed. Rules: connect.md section 2.
    static CompiledTemplate compile(std::string_view base_path, std::string_view text,
                                    const std::function<bool(std::string_view)>& is_known,
                                    TemplateKind kind = TemplateKind::webhook);

    /// The variables used, each once, in the order of their first use. `values` of render follow it.
    const std::vector<TemplateVariable>& variables() const { return variables_; }

    /// Appends the request target, path and query: "/app/hook?key=ABC-1". values[i] (not encoded) belongs
    /// to variables()[i]; there must be as many.
    Rendered render(std::span<const std::optional<std::string_view>> values, std::string& target) const;

    /// How many bytes at the start of each target are the path of baseUrl, which the qsh leaves out.
    std::size_t base_path_bytes() const { return base_path_bytes_; }

private:
    struct Piece {
        std::string text;                // Literal text, or the literal form of an unknown variable.
        std::int32_t variable = -1;      // Index into variables_, -1 for literal text.
    };
    friend class TemplateCompiler;

    std::vector<Piece> pieces_;
    std::vector<TemplateVariable> variables_;
    std::size_t base_path_bytes_ = 0;
    std::size_t literal_bytes_ = 0;
    bool path_has_variable_ = false;
};

struct CompiledTemplate {
    UrlTemplate url;
    std::vector<TemplateNote> faults;
    std::vector<TemplateNote> warnings;
};

/// Appends `user_id` and `user_key` to the query of a rendered target, each if it has a value and the query
/// has no parameter of that name. For webhook and lifecycle calls alike.
void append_user_parameters(std::string& target, std::optional<std::string_view> user_id,
                            std::optional<std::string_view> user_key);

}  // namespace posthorn::wire

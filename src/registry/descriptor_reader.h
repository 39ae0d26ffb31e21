#pragma once
// The inside of parse_descriptor: one check a rule of connect.md section 1.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "registry/descriptor.h"
#include "wire/json.h"
#include "wire/url_template.h"

namespace posthorn::registry {

/// A descriptor is foreign text: past these, further findings are only counted, and names get no suggestions
/// (finding one compares a name with all that are known).
inline constexpr std::size_t kFindingsMax = 1000;
inline constexpr std::size_t kSuggestionsMax = 100;

/// What the checks share: the rules, and where findings go. Owns nothing but the report.
struct DescriptorContext {
    model::Product product;
    const catalogue::Catalogue& catalogue;
    const TenantCustomTypes& custom_types;
    const DescriptorRules& rules;
    DescriptorReport report;
    std::size_t more_faults = 0;
    std::size_t more_warnings = 0;
    std::size_t suggestions_made = 0;

    void fault(std::string pointer, std::string message);
    void warn(std::string pointer, std::string message);
    /// Says how many findings were only counted.
    void close();
    /// wire::did_you_mean within the limits.
    std::string did_you_mean(std::string_view name, std::span<const std::string_view> names);
    /// Why there is no such event type, as a sentence.
    std::string explain_unknown_event(std::string_view name);
    /// A fault "found <value>, allowed is <allowed>".
    void refuse(std::string pointer, wire::JsonView value, std::string_view allowed);

    /// A member's value; null counts as missing, as it did for Connect. A name that is there twice is a warning.
    std::optional<wire::JsonView> find(wire::JsonView object, std::string_view pointer, std::string_view name);
    /// Reads an optional member; another type is a fault. Empty, false or nothing when it is not there.
    std::string text(wire::JsonView object, std::string_view pointer, std::string_view name);
    bool flag(wire::JsonView object, std::string_view pointer, std::string_view name);
    std::optional<wire::JsonView> object(wire::JsonView parent, std::string_view pointer, std::string_view name);

    /// Takes over what compiling a template found.
    void take_notes(const std::string& pointer, std::string_view url, const wire::CompiledTemplate& compiled);
};

/// All but `modules`.
void read_descriptor(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor);

/// `modules.webhooks`; `descriptor` has its baseUrl and scopes already.
void read_modules(DescriptorContext& context, wire::JsonView root, Descriptor& descriptor);

/// The path of a baseUrl without faults, or nothing.
std::string base_path_of(const Descriptor& descriptor);

}  // namespace posthorn::registry

#pragma once
// atlassian-connect.json: reading it, with every fault at once (connect.md section 1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalogue/catalogue.h"
#include "registry/custom_types.h"
#include "registry/filter.h"
#include "registry/finding.h"
#include "registry/scopes.h"
#include "wire/url.h"

namespace posthorn::registry {

inline constexpr std::size_t kDescriptorBytesMax = 1024 * 1024;

enum class Authentication : std::uint8_t { jwt, none };
std::string_view to_text(Authentication authentication);

/// Paths to be joined to baseUrl, as written; empty: the add-on has none.
struct LifecyclePaths {
    std::string installed;
    std::string uninstalled;
    std::string enabled;
    std::string disabled;
    bool operator==(const LifecyclePaths&) const = default;
};

/// The `apiMigrations` that change what we send.
struct ApiMigrations {
    bool signed_install = false;
    bool gdpr = false;
    bool context_qsh = false;
    bool operator==(const ApiMigrations&) const = default;
};

/// One entry of `modules.webhooks`. Identical ones (event, url, filter) are already one.
struct WebhookDeclaration {
    std::string event = {};   ///< The catalogue's name where it knows one ("jira:version_created"), else as written.
    std::string url = {};     ///< The template as written.
    std::string key = {};     ///< May be empty.
    std::string filter = {};  ///< JQL, from `filter` or `params.jql`; empty: hears everything.
    bool exclude_body = false;  ///< From `excludeBody` or `params.excludeIssueDetails`.
    std::vector<std::string> property_keys = {};
    /// `params` as written, but for jql and excludeIssueDetails; kept and shown.
    std::vector<std::pair<std::string, std::string>> params = {};

    bool operator==(const WebhookDeclaration&) const = default;
};

/// A descriptor without faults.
struct Descriptor {
    std::string text = {};  ///< The JSON as it came (a byte order mark removed); has everything that is only shown.
    std::string key = {};
    std::string name = {};      ///< Empty if it has none.
    std::string version = {};   ///< Empty if it has none.
    std::string base_url = {};  ///< Without trailing '/'.
    Authentication authentication = Authentication::jwt;
    LifecyclePaths lifecycle = {};
    Scopes scopes = {};
    ApiMigrations migrations = {};
    std::int64_t api_version = 1;
    bool enable_licensing = false;
    std::vector<WebhookDeclaration> webhooks = {};
};

struct DescriptorRules {
    /// Allowed with --dev or when the server has an --allow-receiver.
    wire::PlainHttp plain_http = wire::PlainHttp::refused;
    /// Checks JQL (match/ has the compiler). Without it, filters are not looked into.
    CompileFilter compile_filter = {};
};

/// `descriptor` is there exactly if `faults` is empty. Both lists are in the order of the checks, which is
/// about that of the table in connect.md.
struct DescriptorReport {
    std::optional<Descriptor> descriptor;
    Findings faults;
    Findings warnings;
};

/// Reads a descriptor for a tenant of `product`. Text that is too large, no JSON or no object gives one fault.
/// Where a member is there twice the last one counts, with a warning. Any thread; no more work than the text
/// is long.
DescriptorReport parse_descriptor(std::string_view text, model::Product product, const catalogue::Catalogue& catalogue,
                                  const TenantCustomTypes& custom_types, const DescriptorRules& rules);

}  // namespace posthorn::registry

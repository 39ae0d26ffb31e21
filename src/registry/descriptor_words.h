#pragma once
// The names that a descriptor may use.

#include <array>
#include <string_view>

namespace posthorn::registry {

inline constexpr std::array<std::string_view, 14> kDescriptorProperties = {
    "key",    "name",    "description", "baseUrl",    "authentication",  "lifecycle",     "scopes",
    "vendor", "version", "links",       "apiVersion", "enableLicensing", "apiMigrations", "modules"};

inline constexpr std::array<std::string_view, 4> kLifecycleNames = {"installed", "uninstalled", "enabled", "disabled"};

inline constexpr std::array<std::string_view, 7> kWebhookProperties = {"event",       "url",    "key",         "params",
                                                                       "excludeBody", "filter", "propertyKeys"};

/// Modules are not ours to check, but these are what a misspelt `webhooks` is not.
inline constexpr std::array<std::string_view, 1> kOurModules = {"webhooks"};

inline constexpr std::array<std::string_view, 9> kScopeNames = {
    "READ", "WRITE", "DELETE", "PROJECT_ADMIN", "SPACE_ADMIN", "ADMIN", "ACT_AS_USER", "ACCESS_EMAIL_ADDRESSES",
    "NONE"};

}  // namespace posthorn::registry

// compile(): the parts of an installation that are made from what is stored.
#include <fmt/format.h>

#include "registry/installation.h"

namespace posthorn::registry {

namespace {

std::optional<wire::UrlTemplate> lifecycle_url(std::string_view base_path, const std::string& path) {
    if (path.empty()) return std::nullopt;
    return wire::UrlTemplate::compile(
               base_path, path, [](std::string_view) { return false; }, wire::TemplateKind::lifecycle)
        .url;
}

}  // namespace

Result<void> compile(Installation& installation, const CompileContext& context) {
    const auto where = fmt::format("installation/{}", installation.id.value);
    // Without a descriptor yet there is nothing to call.
    if (!installation.base_url.empty()) {
        auto receiver = wire::parse_url(installation.base_url);
        if (!receiver)
            return fail(Errc::corrupt, "the stored baseUrl can't be read: " + receiver.error().detail, where);
        installation.receiver = std::move(*receiver);
    }
    const std::string_view base_path = installation.receiver.path;
    const auto& paths = installation.lifecycle;
    installation.lifecycle_urls = {.installed = lifecycle_url(base_path, paths.installed),
                                   .uninstalled = lifecycle_url(base_path, paths.uninstalled),
                                   .enabled = lifecycle_url(base_path, paths.enabled),
                                   .disabled = lifecycle_url(base_path, paths.disabled)};
    const auto is_known = known_variables(context.catalogue, context.custom_types);
    for (auto& webhook : installation.webhooks) {
        webhook.url = wire::UrlTemplate::compile(base_path, webhook.declared.url, is_known).url;
        webhook.filter.reset();
        if (webhook.declared.filter.empty() || !context.compile_filter) continue;
        auto filter = context.compile_filter(webhook.declared.filter);
        if (!filter)
            return fail(Errc::corrupt, "a stored filter can't be read: " + filter.error().detail,
                        fmt::format("{}, webhook {}", where, webhook.number));
        webhook.filter = std::move(*filter);
    }
    installation.hmac.reset();
    POSTHORN_TRY(const auto secret, current_secret(installation, context.key));
    if (secret) installation.hmac = std::make_shared<wire::HmacKey>(secret->reveal());
    return {};
}

}  // namespace posthorn::registry

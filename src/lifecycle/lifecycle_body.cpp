#include "lifecycle/lifecycle_body.h"

#include "model/event.h"
#include "version.h"
#include "wire/json_string.h"

namespace posthorn::lifecycle {

std::string lifecycle_body(std::string_view addon_key, const registry::Tenant& tenant, const Host& host,
                           std::string_view event_type, const registry::Secret* secret) {
    std::string body = "{";
    const auto add = [&body](std::string_view name, std::string_view value) {
        if (body.size() > 1) body += ',';
        wire::append_json_string(body, name);
        body += ':';
        wire::append_json_string(body, value);
    };
    const auto base_url = registry::base_url_of(tenant, host.public_url);
    add("key", addon_key);
    add("clientKey", tenant.client_key);
    if (host.key != nullptr) add("publicKey", host.key->public_der_base64);
    if (secret != nullptr) add("sharedSecret", secret->reveal());
    add("serverVersion", POSTHORN_VERSION);
    add("pluginsVersion", POSTHORN_VERSION);
    add("baseUrl", base_url);
    add("displayUrl", base_url);
    add("productType", model::to_string(tenant.product));
    add("description", tenant.display_name);
    if (!tenant.service_entitlement_number.empty()) add("serviceEntitlementNumber", tenant.service_entitlement_number);
    add("eventType", event_type);
    return body + "}";
}

}  // namespace posthorn::lifecycle

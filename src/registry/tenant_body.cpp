// parse_tenant: the body of POST and PATCH .../tenants with all its faults.
#include <fmt/format.h>

#include "io/random.h"
#include "registry/body_reader.h"
#include "registry/json_words.h"
#include "registry/settings.h"
#include "registry/tenant.h"
#include "wire/url.h"

namespace posthorn::registry {

namespace {

constexpr std::size_t kTextBytesMax = 255;
constexpr std::string_view kKeyAllowed = "1 to 64 of a-z, 0-9 and -";

class TenantBodyReader {
public:
    TenantBodyReader(wire::JsonView body, Findings& faults) : faults_(faults), reader_(body, "", faults) {}

    void read(TenantBody kind, Tenant& tenant) {
        if (kind == TenantBody::create) {
            read_key(tenant);
            read_product(tenant);
        } else {
            refuse_change("key", tenant.key);
            refuse_change("product", model::to_string(tenant.product));
        }
        read_text("clientKey", tenant.client_key);
        read_text("displayName", tenant.display_name);
        read_text("serviceEntitlementNumber", tenant.service_entitlement_number);
        read_base_url(tenant);
        read_defaults(tenant);
        reader_.refuse_unknown();
        if (kind != TenantBody::create) return;
        if (tenant.client_key.empty()) tenant.client_key = io::random_uuid();
        if (tenant.display_name.empty()) tenant.display_name = tenant.key;
    }

private:
    void read_key(Tenant& tenant) {
        const auto value = reader_.find("key");
        if (!value) reader_.refuse("key", fmt::format("is missing; allowed is {}", kKeyAllowed));
        else if (!value->is_string() || !is_tenant_key(value->string())) reader_.refuse("key", *value, kKeyAllowed);
        else tenant.key = value->string();
    }

    void read_product(Tenant& tenant) {
        const auto value = reader_.find("product");
        const auto product = value && value->is_string() ? model::parse_product(value->string()) : std::nullopt;
        if (!value) reader_.refuse("product", "is missing; allowed is \"jira\" or \"confluence\"");
        else if (!product) reader_.refuse("product", *value, "\"jira\" or \"confluence\"");
        else tenant.product = *product;
    }

    // What is there may be sent back unchanged, as a client does that edits what it was answered.
    void refuse_change(std::string_view name, std::string_view is) {
        const auto value = reader_.find(name);
        if (value && !value->string_is(is))
            reader_.refuse(name, fmt::format("is {} and can't be changed; make another tenant instead", quoted(is)));
    }

    void read_text(std::string_view name, std::string& text) {
        const auto value = reader_.find(name);
        if (!value) return;
        if (value->is_null()) {
            if (name != "clientKey") text.clear();
            return;
        }
        if (!value->is_string() || value->string().empty() || value->string().size() > kTextBytesMax)
            reader_.refuse(name, *value, fmt::format("a string of 1 to {} bytes", kTextBytesMax));
        else text = value->string();
    }

    void read_base_url(Tenant& tenant) {
        const auto value = reader_.find("baseUrl");
        if (!value) return;
        if (value->is_null()) {
            tenant.base_url.clear();
            return;
        }
        if (!value->is_string()) {
            reader_.refuse("baseUrl", *value, "an absolute http or https URL");
            return;
        }
        // It is never called, only told to add-ons: http is fine.
        auto url = value->string();
        const auto faults = wire::base_url_faults(url, wire::PlainHttp::allowed);
        for (const auto& fault : faults) reader_.refuse("baseUrl", fault);
        if (!faults.empty()) return;
        while (url.ends_with('/')) url.pop_back();
        tenant.base_url = std::move(url);
    }

    void read_defaults(Tenant& tenant) {
        // Only the members that are settings, as an object of their own with the same pointers.
        std::string members;
        for (const auto name : {"retry", "timeouts", "concurrency"}) {
            const auto value = reader_.find(name);
            if (!value) continue;
            members += members.empty() ? '{' : ',';
            wire::append_json_string(members, name);
            members += ':';
            members += value->raw();
        }
        if (members.empty()) return;
        members += '}';
        const auto patch = parse_settings(wire::JsonView(members), "", SettingsOf::tenant);
        if (patch) patch->apply_to(tenant.defaults);
        else faults_.insert(faults_.end(), patch.error().begin(), patch.error().end());
    }

    Findings& faults_;
    BodyReader reader_;
};

}  // namespace

tl::expected<Tenant, Findings> parse_tenant(wire::JsonView body, TenantBody kind, Tenant tenant) {
    Findings faults;
    TenantBodyReader(body, faults).read(kind, tenant);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return tenant;
}

}  // namespace posthorn::registry

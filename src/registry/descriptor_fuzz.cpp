// Fuzz target: descriptors, with the promises of parse_descriptor and of what is stored of one.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/installation.h"

namespace {

using namespace posthorn;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(std::string_view text, model::Product product, const catalogue::Catalogue& catalogue,
           const registry::MasterKey& key) {
    const registry::TenantCustomTypes none;
    const auto report = registry::parse_descriptor(text, product, catalogue, none, {});
    require(report.descriptor.has_value() == report.faults.empty());
    for (const auto& fault : report.faults) require(registry::place_in(text, fault).line >= 1);
    for (const auto& warning : report.warnings) require(!warning.message.empty());
    if (!report.descriptor) return;

    registry::Installation installation;
    installation.id = InstallationId{1};
    installation.tenant = TenantId{1};
    registry::take_descriptor(installation, *report.descriptor, report.warnings);
    const auto again = registry::installation_from_row(registry::to_row(installation, key), key);
    require(again.has_value());
    require(*again == installation);
    require(registry::compile(installation, {catalogue, none, key, {}}).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const catalogue::Catalogue kCatalogue;
    static const auto kKey = *registry::MasterKey::from_bytes(std::string(32, 'k'));
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, model::Product::jira, kCatalogue, kKey);
    check(text, model::Product::confluence, kCatalogue, kKey);
    return 0;
}

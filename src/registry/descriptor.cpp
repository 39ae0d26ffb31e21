#include "registry/descriptor.h"

#include <cstdio>

#include <fmt/format.h>

#include "registry/byte_order_mark.h"
#include "registry/descriptor_reader.h"
#include "registry/json_words.h"

namespace posthorn::registry {

namespace {

DescriptorReport only(Finding fault) {
    DescriptorReport report;
    report.faults.push_back(std::move(fault));
    return report;
}

// check_json says "line 3, column 7: ...".
std::optional<wire::Place> place_named_in(const std::string& detail) {
    wire::Place place;
    if (std::sscanf(detail.c_str(), "line %zu, column %zu", &place.line, &place.column) != 2) return std::nullopt;
    return place;
}

}  // namespace

std::string_view to_text(Authentication authentication) {
    return authentication == Authentication::jwt ? "jwt" : "none";
}

DescriptorReport parse_descriptor(std::string_view text, model::Product product, const catalogue::Catalogue& catalogue,
                                  const TenantCustomTypes& custom_types, const DescriptorRules& rules) {
    if (text.size() > kDescriptorBytesMax)
        return only({.pointer = "",
                     .message = fmt::format("the descriptor has {} bytes, allowed are {} (1 MiB)", text.size(),
                                            kDescriptorBytesMax)});
    const auto json = without_byte_order_mark(text);
    if (const auto checked = wire::check_json(json); !checked)
        return only({.pointer = "",
                     .message = "the descriptor is no JSON: " + checked.error().detail,
                     .place = place_named_in(checked.error().detail)});
    const wire::JsonView root(json);
    if (!root.is_object())
        return only({.pointer = "", .message = fmt::format("found {}, a descriptor is an object", shown(root))});

    DescriptorContext context{
        .product = product, .catalogue = catalogue, .custom_types = custom_types, .rules = rules, .report = {}};
    Descriptor descriptor;
    read_descriptor(context, root, descriptor);
    read_modules(context, root, descriptor);
    context.close();
    if (context.report.faults.empty()) {
        descriptor.text = json;
        context.report.descriptor = std::move(descriptor);
    }
    return std::move(context.report);
}

}  // namespace posthorn::registry

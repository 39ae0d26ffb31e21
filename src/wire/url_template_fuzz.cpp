#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "wire/qsh.h"
#include "wire/url.h"
#include "wire/url_template.h"

// The first line is a value, the rest a template.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace posthorn::wire;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view value = input.substr(0, end);
    const std::string_view text = input.substr(std::min(end + 1, input.size()));

    const auto made = UrlTemplate::compile("/app", text, [](std::string_view name) { return name == "issue.key"; });
    std::vector<std::optional<std::string_view>> values(made.url.variables().size(), value);
    std::string target;
    made.url.render(values, target);
    append_user_parameters(target, value, "key");
    const auto url = parse_url("https://addon.example" + target);
    if (!url || url->host != "addon.example" || !url->path.starts_with("/app/") || url->has_fragment) std::abort();
    query_string_hash_of_target("POST", target, made.url.base_path_bytes());
    return 0;
}

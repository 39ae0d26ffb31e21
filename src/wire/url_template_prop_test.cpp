#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/percent.h"
#include "wire/url.h"
#include "wire/url_template.h"

namespace posthorn::wire {
namespace {

bool is_known(std::string_view name) { return name == "k"; }

rc::Gen<std::string> any_template() {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
                            "/", "a",   ".",   "?", "&", "=",  "${k}",     "{k}", "${x}", "{", "}", "$",
                            "%", "%2e", "%41", "#", " ", "\\", "\xC3\xA9", ":",   "@",    "+", "["})),
                        [](const std::vector<std::string>& parts) {
                            std::string text;
                            for (const std::string& part : parts) text += part;
                            return text;
                        });
}

std::string render(const UrlTemplate& url, std::optional<std::string_view> k, std::optional<std::string_view> x) {
    std::vector<std::optional<std::string_view>> values;
    for (const TemplateVariable& variable : url.variables())
        values.push_back(variable.name == "k" ? k : variable.name == "x" ? x : std::nullopt);
    std::string target;
    url.render(values, target);
    return target;
}

RC_GTEST_PROP(UrlTemplateProperties, EveryTargetMakesAUrlOfTheSameHost, (const std::string& k, const std::string& x)) {
    const auto text = *any_template();
    const auto made = UrlTemplate::compile("/app", text, is_known);
    const auto target = render(made.url, k, x);
    const auto url = parse_url("https://addon.example:8443" + target);
    RC_ASSERT(url.has_value());
    RC_ASSERT(url->host == "addon.example");
    RC_ASSERT(url->port == 8443);
    RC_ASSERT(!url->has_fragment);
    RC_ASSERT(url->target() == target);
    RC_ASSERT(target.starts_with("/app/"));
}

RC_GTEST_PROP(UrlTemplateProperties, NoInstallableTemplateMakesADotSegmentUnnoticed, (const std::string& x)) {
    const auto text = *any_template();
    const auto k = *rc::gen::elementOf(std::vector<std::string>{"", ".", "..", "a", "%2e", "/.."});
    const auto made = UrlTemplate::compile("", text, is_known);
    RC_PRE(made.faults.empty());
    std::vector<std::optional<std::string_view>> values;
    for (const TemplateVariable& variable : made.url.variables()) values.push_back(variable.is_known ? k : x);
    std::string target;
    const Rendered rendered = made.url.render(values, target);
    RC_ASSERT(rendered.is_unsafe == has_dot_segment(std::string_view(target).substr(0, target.find('?'))));
}

RC_GTEST_PROP(UrlTemplateProperties, AParametersValueComesBackFromTheQuery, (const std::string& k)) {
    const auto target = render(UrlTemplate::compile("", "/h?a=1&v=${k}&b=2", is_known).url, k, {});
    const std::size_t start = target.find("&v=") + 3;
    RC_ASSERT(percent_decode(std::string_view(target).substr(start, target.find("&b=") - start), Plus::space) == k);
}

}  // namespace
}  // namespace posthorn::wire

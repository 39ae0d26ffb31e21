// The TOML file of `posthorn serve`.

#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "program/serve_config.h"
#include "wire/suggest.h"

namespace posthorn::program {

namespace {

std::string place_of(const std::string& file, const toml::source_region& source) {
    return fmt::format("{} line {}", file, source.begin.line);
}

const ServeSetting* find_setting(std::string_view key) {
    std::string name(key);
    std::ranges::replace(name, '_', '-');
    const auto settings = serve_settings();
    const auto found = std::ranges::find(settings, std::string_view(name), &ServeSetting::name);
    return found != settings.end() ? &*found : nullptr;
}

Result<std::vector<std::string>> values_of(const ServeSetting& setting, const toml::node& node) {
    using Kind = ServeSetting::Kind;
    std::vector<std::string> values;
    if (setting.kind == Kind::flag) {
        if (const auto value = node.value_exact<bool>()) return std::vector<std::string>{*value ? "true" : "false"};
        return fail(Errc::invalid, "must be true or false");
    }
    if (const auto text = node.value_exact<std::string>()) return std::vector<std::string>{*text};
    const auto* list = node.as_array();
    if (setting.kind != Kind::list || list == nullptr)
        return fail(Errc::invalid, setting.kind == Kind::list ? "must be a list of strings: [\"10.0.0.0/8\"]"
                                                              : "must be a string in quotes");
    for (const auto& item : *list) {
        const auto text = item.value_exact<std::string>();
        if (!text) return fail(Errc::invalid, "must be a list of strings: [\"10.0.0.0/8\"]");
        values.push_back(*text);
    }
    return values;
}

Result<GivenValues> take(const toml::table& table, const std::string& file) {
    GivenValues given;
    std::vector<std::string_view> known;
    for (const auto& setting : serve_settings()) known.push_back(setting.name);
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const auto place = place_of(file, key.source());
        const auto* setting = find_setting(name);
        if (setting == nullptr)
            return fail(Errc::invalid, fmt::format("there is no option '{}'{}", name, wire::did_you_mean(name, known)),
                        place);
        auto values = values_of(*setting, node);
        if (!values) return fail(Errc::invalid, fmt::format("'{}' {}", name, values.error().detail), place);
        const bool is_new = given.emplace(setting->name, GivenValue{*std::move(values), place + ": " + name}).second;
        if (!is_new)
            return fail(Errc::invalid, fmt::format("'{}' is there twice, once with - and once with _", name), place);
    }
    return given;
}

}  // namespace

Result<GivenValues> read_toml(std::string_view text, const std::string& file) {
    try {
        return take(toml::parse(text, file), file);
    } catch (const toml::parse_error& error) {
        return fail(Errc::invalid, std::string(error.description()), place_of(file, error.source()));
    }
}

}  // namespace posthorn::program

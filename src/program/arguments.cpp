#include "program/arguments.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "program/terminal.h"
#include "wire/suggest.h"

namespace posthorn::program {

namespace {

constexpr int kWrongUsage = 2;

std::string footer_of(const std::string& example) {
    std::string text = "Example:";
    if (example.find('\n') != std::string::npos) text = "Examples:";
    std::size_t at = 0;
    while (at <= example.size()) {
        const auto end = std::min(example.find('\n', at), example.size());
        text += "\n  " + example.substr(at, end - at);
        at = end + 1;
    }
    return text;
}

/// CLI11's, but that the line end behind a description, which sets it off from what follows, is not shown in lists.
class Formatter : public CLI::Formatter {
public:
    std::string make_subcommand(const CLI::App* sub) const override {
        std::string about = sub->get_description();
        while (about.ends_with('\n')) about.pop_back();
        std::stringstream out;
        CLI::detail::format_help(out, sub->get_name(), about, column_width_);
        return out.str();
    }
};

/// "posthorn addon install", as one types it.
std::string full_name(const CLI::App* app) {
    std::string name = app->get_name();
    for (app = app->get_parent(); app != nullptr; app = app->get_parent()) name = app->get_name() + " " + name;
    return name;
}

/// The command that the parser got to.
const CLI::App* reached(const CLI::App* app) {
    for (;;) {
        const auto parsed = app->get_subcommands();
        if (parsed.empty()) return app;
        app = parsed.back();
    }
}

std::vector<std::string> names_of_commands(const CLI::App* app) {
    std::vector<std::string> names;
    for (const auto* sub : app->get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
    return names;
}

std::vector<std::string> names_of_options(const CLI::App* app) {
    std::vector<std::string> names;
    for (const auto* option : app->get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
    const std::vector<std::string_view> views(names.begin(), names.end());
    return wire::did_you_mean(name, views);
}

/// What is wrong, where CLI11's own words say less: unknown commands and options.
std::string explain(const CLI::App& root, const std::vector<std::string>& words, const CLI::ParseError& error) {
    const auto* app = &root;
    std::size_t at = 0;
    // Down the commands, as far as their names are known.
    for (; at < words.size() && !words[at].starts_with('-'); ++at) {
        const auto names = names_of_commands(app);
        if (names.empty()) break;
        if (std::ranges::find(names, words[at]) == names.end())
            return fmt::format("'{}' has no command '{}'{}", full_name(app), printable(words[at]),
                               suggestion(words[at], names));
        app = app->get_subcommand(words[at]);
    }
    if (!names_of_commands(app).empty() && at == words.size())
        return fmt::format("'{}' needs a command", full_name(app));
    const auto options = names_of_options(app);
    for (; at < words.size() && words[at] != "--"; ++at) {
        if (!words[at].starts_with("--")) continue;
        const auto name = words[at].substr(0, words[at].find('='));
        if (std::ranges::find(options, name) == options.end())
            return fmt::format("'{}' has no option '{}'{}", full_name(app), printable(name), suggestion(name, options));
    }
    return printable(error.what());
}

}  // namespace

struct Arguments::Shared {
    std::map<const CLI::App*, std::function<int()>> actions;
};

Arguments Arguments::command(const std::string& name, const std::string& about, const std::string& example) {
    auto* sub = app_->add_subcommand(name, about + "\n");
    sub->set_help_flag("-h,--help", "Print this help");
    sub->group("Commands");
    sub->footer(footer_of(example));
    return {*sub, shared_};
}

void Arguments::text(const std::string& names, std::string& into, const std::string& about,
                     const std::string& value_name) {
    app_->add_option(names, into, about)->type_name(value_name);
}

void Arguments::number(const std::string& names, std::optional<std::uint32_t>& into, const std::string& about) {
    const std::function<void(const std::uint32_t&)> keep = [&into](const std::uint32_t& value) { into = value; };
    app_->add_option_function<std::uint32_t>(names, keep, about)->type_name("N");
}

void Arguments::texts(const std::string& names, std::vector<std::string>& into, const std::string& about,
                      const std::string& value_name) {
    auto* option = app_->add_option(names, into, about)->type_name(value_name);
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

void Arguments::list(const std::string& names, std::vector<std::string>& into, const std::string& about,
                     const std::string& value_name) {
    app_->add_option(names, into, about)->type_name(value_name);
}

void Arguments::flag(const std::string& names, bool& into, const std::string& about) {
    app_->add_flag(names, into, about);
}

void Arguments::flag(const std::string& names, std::optional<bool>& into, const std::string& about) {
    app_->add_flag_function(names, [&into](std::int64_t count) { into = count > 0; }, about);
}

void Arguments::argument(const std::string& name, std::string& into, const std::string& about, Need need) {
    auto* option = app_->add_option(name, into, about)->type_name("");
    if (need == Need::required) option->required();
}

void Arguments::action(std::function<int()> run) { shared_->actions[app_] = std::move(run); }

struct CommandLine::Impl {
    CLI::App app;
    std::shared_ptr<Arguments::Shared> shared = std::make_shared<Arguments::Shared>();
};

CommandLine::CommandLine(const std::string& name, const std::string& about, const std::string& example,
                         const std::string& version)
    : impl_(std::make_unique<Impl>()) {
    auto& app = impl_->app;
    app.name(name);
    app.description(about + "\n");
    app.footer(footer_of(example));
    const auto formatter = std::make_shared<Formatter>();
    formatter->label("SUBCOMMAND", "COMMAND");
    formatter->label("OPTIONS", "OPTIONS");
    formatter->label("REQUIRED", "");
    app.formatter(formatter);
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", version);
}

CommandLine::~CommandLine() = default;

Arguments CommandLine::root() { return {impl_->app, impl_->shared}; }

int CommandLine::run(std::vector<std::string> words) {
    auto& app = impl_->app;
    if (!words.empty() && words.front() == "help") {
        words.erase(words.begin());
        words.emplace_back("--help");
    }
    try {
        // Its parser takes the words from the back.
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForVersion& version) {
        std::fprintf(stdout, "%s\n", version.what());
        return 0;
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return 0;
    } catch (const CLI::ParseError& error) {
        std::fprintf(stderr, "posthorn: %s\nSee '%s --help'.\n", explain(app, words, error).c_str(),
                     full_name(reached(&app)).c_str());
        return kWrongUsage;
    }
    const auto* command = reached(&app);
    const auto action = impl_->shared->actions.find(command);
    if (action != impl_->shared->actions.end()) return action->second();
    // A group without one of its commands: which there are is the answer.
    std::fputs(app.help().c_str(), stderr);
    return kWrongUsage;
}

}  // namespace posthorn::program

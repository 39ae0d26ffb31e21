// `posthorn serve`: the options from flags, environment and file, then the server.

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "io/file.h"
#include "program/client_command.h"
#include "program/commands.h"
#include "program/log.h"
#include "program/serve_config.h"
#include "program/server.h"
#include "version.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

/// What the flags say; the names are those of serve_settings().
struct Flags {
    std::map<std::string, std::string, std::less<>> texts;
    std::map<std::string, std::vector<std::string>, std::less<>> lists;
    std::optional<bool> dev;
    std::string config;
    bool json = false;
};

GivenValues given_by(const Flags& flags) {
    GivenValues given;
    for (const auto& [name, value] : flags.texts)
        if (!value.empty()) given[name] = {{value}, "--" + name};
    for (const auto& [name, values] : flags.lists)
        if (!values.empty()) given[name] = {values, "--" + name};
    if (flags.dev) given["dev"] = {{*flags.dev ? "true" : "false"}, "--dev"};
    return given;
}

Result<ServeOptions> options_of(const Flags& flags) {
    const auto environment = read_environment([](const char* name) { return std::getenv(name); });
    GivenValues file;
    const char* variable = std::getenv("POSTHORN_CONFIG");
    const std::string path = !flags.config.empty() ? flags.config : variable != nullptr ? variable : "";
    if (!path.empty()) {
        POSTHORN_TRY(const auto text, io::read_file(io::posix_disk(), path, kConfigBytesMax));
        POSTHORN_TRY(file, read_toml(text, path));
    }
    return serve_options_of(given_by(flags), environment, file);
}

int serve(const Flags& flags) {
    auto options = options_of(flags);
    if (!options) {
        print_error(to_string(options.error()));
        return options.error().code == Errc::invalid ? kWrongUsage : kRefused;
    }
    if (flags.json) options->log_format = LogFormat::json;
    start_log(options->log_format);
    // Who reads our log may go away; the server goes on.
    std::signal(SIGPIPE, SIG_IGN);
    const auto data = options->data;
    auto server = Server::make(*std::move(options));
    if (!server) {
        log_error(to_string(server.error()));
        return kRefused;
    }
    for (const auto& warning : (*server)->warnings()) log_warning(warning);
    if (!(*server)->admin_key().empty()) print_line("posthorn admin key: " + (*server)->admin_key());
    print_line("posthorn ready on " + (*server)->url());
    std::fflush(stdout);
    log_info("serving", {{"version", POSTHORN_VERSION}, {"url", (*server)->url()}, {"data", data}});
    const int code = (*server)->run();
    server->reset();
    if (code == 0) log_info("stopped");
    else log_error("stopped", {{"exit", std::to_string(code)}});
    return code;
}

}  // namespace

void add_serve_command(Arguments& root) {
    auto command =
        root.command("serve", "Run the server: intake, delivery, API, dashboard",
                     "posthorn serve --dev\n"
                     "posthorn serve --listen 0.0.0.0:8080 --public-url https://hooks.example.com\n"
                     "posthorn serve --config /etc/posthorn.toml\n"
                     "POSTHORN_LISTEN=localhost:0 posthorn serve   # each option is a variable, and a key of the file");
    const auto flags = std::make_shared<Flags>();
    for (const auto& setting : serve_settings()) {
        const std::string name(setting.name);
        const auto option = "--" + name;
        const std::string about(setting.about);
        const std::string value_name(setting.value_name);
        switch (setting.kind) {
            case ServeSetting::Kind::text: command.text(option, flags->texts[name], about, value_name); break;
            case ServeSetting::Kind::list: command.texts(option, flags->lists[name], about, value_name); break;
            case ServeSetting::Kind::flag: command.flag(option, flags->dev, about); break;
        }
    }
    command.text("--config", flags->config, "TOML file with these options (flag > environment > file > default)",
                 "FILE");
    command.flag("--json", flags->json, "The same as --log-format json");
    command.action([flags] { return serve(*flags); });
}

}  // namespace posthorn::program

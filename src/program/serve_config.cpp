#include "program/serve_config.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "http/listen_address.h"
#include "io/address_rules.h"
#include "wire/byte_count.h"
#include "wire/duration.h"
#include "wire/suggest.h"
#include "wire/url.h"

namespace posthorn::program {

namespace {

using Kind = ServeSetting::Kind;

constexpr ServeSetting kSettings[] = {
    {"listen", Kind::text, "HOST:PORT", "Address and port; port 0 picks a free one (default localhost:8080)"},
    {"data", Kind::text, "FOLDER", "Folder of the embedded store (default ./posthorn-data)"},
    {"store", Kind::text, "STORE", "'embedded', or the URL of a cluster engine (default embedded)"},
    {"public-url", Kind::text, "URL", "How add-ons and browsers reach this server (default: from --listen)"},
    {"dev", Kind::flag, "",
     "For your own machine: no API key on loopback; receivers on loopback and private "
     "addresses and plain http are allowed"},
    {"allow-receiver", Kind::list, "CIDR",
     "Otherwise blocked addresses that may be called, plain http allowed there; "
     "repeatable"},
    {"ca-file", Kind::text, "FILE", "Certificate authorities (PEM) for calls to add-ons (default: the system's)"},
    {"tls-cert", Kind::text, "FILE", "Serve https with this certificate (PEM); needs --tls-key"},
    {"tls-key", Kind::text, "FILE", "The certificate's key (PEM)"},
    {"master-key-file", Kind::text, "FILE",
     "32 bytes in base64 that encrypt secrets at rest (default "
     "DATA/master.key); POSTHORN_MASTER_KEY can hold the key itself"},
    {"admin-key-file", Kind::text, "FILE", "Where the first admin key goes (0600) in place of stdout"},
    {"retention", Kind::text, "DURATION", "How long final deliveries and their events are kept (default 14d)"},
    {"store-limit", Kind::text, "BYTES",
     "Above it the oldest final deliveries go before their time, and events are refused when only waiting ones are "
     "left; 50GB, say (default: none)"},
    {"backlog-limit", Kind::text, "NUMBER", "Events are refused while so many deliveries wait (default 10000000)"},
    {"log-format", Kind::text, "FORMAT", "'text' or 'json' (default: text on a terminal, else json)"},
    {"drain", Kind::text, "DURATION", "How long SIGTERM waits for what is in flight (default 10s)"},
};

std::string remedy(std::string_view value, std::string_view what) { return fmt::format("'{}' {}", value, what); }

Result<bool> read_bool(const std::string& text) {
    std::string lower = text;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") return true;
    if (lower == "false" || lower == "0" || lower == "no" || lower == "off") return false;
    return fail(Errc::invalid, remedy(text, "is neither true nor false"));
}

Result<void> set_listen(ServeOptions& options, const std::string& value) {
    POSTHORN_TRY(const auto address, http::parse_listen_address(value));
    static_cast<void>(address);
    options.listen = value;
    return {};
}

Result<void> set_store(ServeOptions& options, const std::string& value) {
    if (value != "embedded" && value.find("://") == std::string::npos)
        return fail(Errc::invalid, remedy(value, "is no store: give 'embedded', or the URL of a cluster engine"));
    options.store = value;
    return {};
}

Result<void> set_public_url(ServeOptions& options, std::string value) {
    const auto url = wire::parse_url(value);
    if (!url)
        return fail(Errc::invalid, remedy(value, "is no public URL (" + url.error().detail +
                                                     "); it looks like https://posthorn.example.com"));
    if (url->has_query || url->has_fragment || url->has_user_info)
        return fail(Errc::invalid, remedy(value, "must have no user, query or fragment: https://posthorn.example.com"));
    while (value.ends_with('/')) value.pop_back();
    options.public_url = std::move(value);
    return {};
}

Result<Millis> read_duration(const std::string& value) {
    const auto duration = wire::parse_duration(value);
    if (!duration)
        return fail(Errc::invalid, remedy(value, "is no duration: give one such as 500ms, 30s, 2m, 3h or 14d"));
    return *duration;
}

Result<std::uint64_t> read_bytes(const std::string& value) {
    const auto bytes = wire::parse_byte_count(value);
    if (!bytes) return fail(Errc::invalid, remedy(value, "is no size: give one such as 500MB, 50GB or 8GiB"));
    // Less leaves no room between what is being delivered and the limit.
    constexpr std::uint64_t kLeast = 16 << 20;
    if (*bytes < kLeast) return fail(Errc::invalid, remedy(value, "is too small for a store: give at least 16MiB"));
    return *bytes;
}

Result<std::uint64_t> read_count(const std::string& value) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc() || end != value.data() + value.size() || count == 0)
        return fail(Errc::invalid, remedy(value, "is no number of deliveries above 0"));
    return count;
}

Result<void> set_log_format(ServeOptions& options, const std::string& value) {
    if (value == "text") options.log_format = LogFormat::text;
    else if (value == "json") options.log_format = LogFormat::json;
    else return fail(Errc::invalid, remedy(value, "is no log format: give 'text' or 'json'"));
    return {};
}

Result<void> set_text(std::string_view name, const std::string& value, ServeOptions& options) {
    if (value.empty()) return fail(Errc::invalid, "is empty; leave it out for the default");
    if (name == "listen") return set_listen(options, value);
    if (name == "data") options.data = value;
    if (name == "store") return set_store(options, value);
    if (name == "public-url") return set_public_url(options, value);
    if (name == "ca-file") options.ca_file = value;
    if (name == "tls-cert") options.tls_cert = value;
    if (name == "tls-key") options.tls_key = value;
    if (name == "master-key-file") options.master_key_file = value;
    if (name == "admin-key-file") options.admin_key_file = value;
    if (name == "log-format") return set_log_format(options, value);
    if (name == "retention") {
        POSTHORN_TRY(options.retention, read_duration(value));
    }
    if (name == "store-limit") {
        POSTHORN_TRY(options.store_limit, read_bytes(value));
    }
    if (name == "backlog-limit") {
        POSTHORN_TRY(options.backlog_limit, read_count(value));
    }
    if (name == "drain") {
        POSTHORN_TRY(options.drain, read_duration(value));
    }
    return {};
}

Result<void> set_list(const std::vector<std::string>& values, ServeOptions& options) {
    for (const auto& value : values) {
        POSTHORN_TRY(const auto network, io::Network::parse(value));
        static_cast<void>(network);
        options.allow_receiver.push_back(value);
    }
    return {};
}

Result<void> apply(const ServeSetting& setting, const GivenValue& given, ServeOptions& options) {
    if (setting.kind == Kind::list) return set_list(given.values, options);
    if (given.values.size() != 1) return fail(Errc::invalid, "is given more than once");
    if (setting.kind == Kind::flag) {
        POSTHORN_TRY(options.dev, read_bool(given.values.front()));
        return {};
    }
    return set_text(setting.name, given.values.front(), options);
}

}  // namespace

std::span<const ServeSetting> serve_settings() { return kSettings; }

std::string variable_of(std::string_view setting) {
    std::string name = "POSTHORN_";
    for (const char c : setting)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

GivenValues read_environment(const std::function<const char*(const char*)>& variable) {
    GivenValues given;
    for (const auto& setting : kSettings) {
        const auto name = variable_of(setting.name);
        const char* value = variable(name.c_str());
        if (value == nullptr || *value == '\0') continue;
        GivenValue one;
        one.place = name;
        std::string_view rest(value);
        while (setting.kind == Kind::list && !rest.empty()) {
            const auto item = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), item.size() + 1));
            const auto first = item.find_first_not_of(' ');
            if (first == std::string_view::npos) continue;
            one.values.emplace_back(item.substr(first, item.find_last_not_of(' ') + 1 - first));
        }
        if (setting.kind != Kind::list) one.values.emplace_back(value);
        given.emplace(setting.name, std::move(one));
    }
    return given;
}

Result<ServeOptions> serve_options_of(const GivenValues& flags, const GivenValues& environment,
                                      const GivenValues& file) {
    ServeOptions options;
    for (const auto& setting : kSettings) {
        const GivenValue* given = nullptr;
        for (const auto* source : {&flags, &environment, &file}) {
            const auto found = source->find(setting.name);
            if (found == source->end()) continue;
            given = &found->second;
            break;
        }
        if (given == nullptr) continue;
        auto applied = apply(setting, *given, options);
        if (!applied) return fail(Errc::invalid, applied.error().detail, given->place);
    }
    if (options.tls_cert.empty() != options.tls_key.empty())
        return fail(Errc::invalid, options.tls_cert.empty() ? "--tls-key needs --tls-cert: https takes both"
                                                            : "--tls-cert needs --tls-key: https takes both");
    return options;
}

}  // namespace posthorn::program

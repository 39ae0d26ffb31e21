// parse_settings: a PATCH body with all its faults.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "registry/body_reader.h"
#include "registry/certificates.h"
#include "registry/header_names.h"
#include "registry/json_words.h"
#include "registry/settings.h"
#include "registry/settings_json.h"

namespace posthorn::registry {

namespace {

constexpr std::size_t kWaitsMax = 100;
constexpr Millis kWaitMax = std::chrono::hours(24 * 30);
constexpr Millis kTimeoutMax = std::chrono::minutes(5);
constexpr std::int64_t kConcurrencyMax = 1000;
constexpr std::size_t kHeadersMax = 50;
constexpr std::size_t kVariableBytesMax = 100;

constexpr std::string_view kRetryAllowed =
    "\"connect\", \"jira\" or {\"waits\":[\"5s\",\"30s\"],\"jitter\":0.2} with up to 100 waits of 1ms to 30d "
    "and a jitter of 0 to 1";

// A change to "nothing set", which JSON's null asks for.
template <class T>
Change<T> back_to_default() {
    return Change<T>(std::in_place, std::nullopt);
}

template <class T>
Change<T> to_value(T value) {
    return Change<T>(std::in_place, std::move(value));
}

std::optional<Millis> duration_of(wire::JsonView value, Millis longest) {
    if (!value.is_string()) return std::nullopt;
    const auto duration = wire::parse_duration(value.string());
    if (!duration || *duration < Millis(1) || *duration > longest) return std::nullopt;
    return *duration;
}

class SettingsBody {
public:
    SettingsBody(wire::JsonView body, std::string_view pointer, Findings& faults)
        : faults_(faults), reader_(body, pointer, faults) {}

    SettingsPatch read(SettingsOf settings_of) {
        read_retry();
        read_timeouts();
        read_concurrency();
        if (settings_of == SettingsOf::addon) {
            read_install_signing();
            read_rate();
            read_ordering();
            read_standard_webhooks();
            read_ca();
            read_headers();
        }
        reader_.refuse_unknown();
        return std::move(patch_);
    }

private:
    // The member's value, unless it is missing or null, which is dealt with here.
    template <class T>
    std::optional<wire::JsonView> find(std::string_view name, Change<T>& change) {
        const auto value = reader_.find(name);
        if (!value || !value->is_null()) return value;
        change = back_to_default<T>();
        return std::nullopt;
    }

    void read_retry() {
        const auto value = find("retry", patch_.retry);
        if (!value) return;
        if (value->string_is("connect")) {
            patch_.retry = to_value(Retry{});
        } else if (value->string_is("jira")) {
            patch_.retry = to_value(Retry{.kind = Retry::Kind::jira});
        } else if (value->is_object()) {
            read_schedule(*value);
        } else {
            reader_.refuse("retry", *value, kRetryAllowed);
        }
    }

    void read_schedule(wire::JsonView value) {
        Retry retry{.kind = Retry::Kind::custom};
        BodyReader schedule(value, reader_.pointer("retry"), faults_);
        const auto waits = schedule.find("waits");
        if (!waits) schedule.refuse("waits", "is missing; allowed is a list of durations, such as [\"5s\",\"30s\"]");
        else if (!waits->is_array()) schedule.refuse("waits", *waits, "a list of durations, such as [\"5s\",\"30s\"]");
        else read_waits(*waits, schedule.pointer("waits"), retry);
        if (const auto jitter = schedule.find("jitter"); jitter && !jitter->is_null()) {
            const auto number = jitter->number();
            if (number && *number >= 0.0 && *number <= 1.0) retry.jitter = *number;
            else schedule.refuse("jitter", *jitter, "a number from 0 to 1");
        }
        schedule.refuse_unknown();
        patch_.retry = to_value(std::move(retry));
    }

    void read_waits(wire::JsonView waits, const std::string& pointer, Retry& retry) {
        std::size_t index = 0;
        for (const auto& element : waits.elements()) {
            const auto wait = duration_of(element, kWaitMax);
            if (wait) retry.waits.push_back(*wait);
            else
                faults_.push_back({.pointer = pointer_to(pointer, index),
                                   .message = fmt::format("found {}, allowed is a duration of 1ms to 30d, such as "
                                                          "\"30s\"",
                                                          shown(element))});
            ++index;
        }
        if (index > kWaitsMax)
            faults_.push_back(
                {.pointer = pointer, .message = fmt::format("found {} waits, allowed are {}", index, kWaitsMax)});
    }

    void read_timeouts() {
        const auto value = reader_.find("timeouts");
        if (!value) return;
        if (value->is_null()) {
            patch_.connect_timeout = back_to_default<Millis>();
            patch_.answer_timeout = back_to_default<Millis>();
            return;
        }
        BodyReader timeouts(*value, reader_.pointer("timeouts"), faults_);
        read_timeout(timeouts, "connect", patch_.connect_timeout);
        read_timeout(timeouts, "answer", patch_.answer_timeout);
        if (value->is_object()) timeouts.refuse_unknown();
    }

    void read_timeout(BodyReader& timeouts, std::string_view name, Change<Millis>& change) {
        const auto value = timeouts.find(name);
        if (!value) return;
        if (value->is_null()) {
            change = back_to_default<Millis>();
        } else if (const auto duration = duration_of(*value, kTimeoutMax)) {
            change = to_value(*duration);
        } else {
            timeouts.refuse(name, *value, "a duration of 1ms to 5m, such as \"20s\"");
        }
    }

    void read_concurrency() {
        const auto value = find("concurrency", patch_.concurrency);
        if (!value) return;
        const auto count = value->integer();
        if (count && *count >= 1 && *count <= kConcurrencyMax)
            patch_.concurrency = to_value(static_cast<std::uint32_t>(*count));
        else reader_.refuse("concurrency", *value, "a whole number from 1 to 1000");
    }

    void read_install_signing() {
        const auto value = find("installSigning", patch_.install_signing);
        if (!value) return;
        const auto signing = value->is_string() ? parse_install_signing(value->string()) : std::nullopt;
        if (signing) patch_.install_signing = to_value(*signing);
        else reader_.refuse("installSigning", *value, "\"auto\", \"asymmetric\" or \"legacy\"");
    }

    void read_rate() {
        const auto value = find("rate", patch_.rate);
        if (!value) return;
        if (value->is_string()) {
            if (const auto rate = wire::parse_rate(value->string())) {
                patch_.rate = to_value(*rate);
                return;
            }
        }
        reader_.refuse("rate", *value, "a rate of 1 to 1000000 a second, minute or hour, such as \"100/s\"");
    }

    void read_ordering() {
        const auto value = find("ordering", patch_.ordering);
        if (!value) return;
        const auto text = value->is_string() ? value->string() : std::string();
        const auto is_name_char = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
                   c == '-';
        };
        if (text.empty() || text.size() > kVariableBytesMax || !std::ranges::all_of(text, is_name_char))
            reader_.refuse("ordering", *value,
                           "\"none\", \"receiver\" or the name of a variable, such as \"issue.key\"");
        else if (text == "none") patch_.ordering = to_value(Ordering{});
        else if (text == "receiver") patch_.ordering = to_value(Ordering{.kind = Ordering::Kind::receiver});
        else patch_.ordering = to_value(Ordering{.kind = Ordering::Kind::variable, .variable = text});
    }

    void read_standard_webhooks() {
        const auto value = find("standardWebhooks", patch_.standard_webhooks);
        if (!value) return;
        if (const auto flag = value->boolean()) patch_.standard_webhooks = to_value(*flag);
        else reader_.refuse("standardWebhooks", *value, "true or false");
    }

    void read_ca() {
        const auto value = find("ca", patch_.ca);
        if (!value) return;
        if (!value->is_string()) {
            reader_.refuse("ca", *value, "a string with certificates in PEM");
            return;
        }
        auto pem = value->string();
        if (pem.empty()) patch_.ca = back_to_default<std::string>();
        else if (auto fault = certificates_fault(pem); !fault.empty()) reader_.refuse("ca", std::move(fault));
        else patch_.ca = to_value(std::move(pem));
    }

    void read_headers() {
        const auto value = find("headers", patch_.headers);
        if (!value) return;
        if (!value->is_object()) {
            reader_.refuse("headers", *value, "an object of header names and values");
            return;
        }
        std::vector<HeaderChange> changes;
        for (const auto& member : value->members()) read_header(member, changes);
        if (changes.size() > kHeadersMax)
            reader_.refuse("headers", fmt::format("found {} headers, allowed are {}", changes.size(), kHeadersMax));
        patch_.headers = to_value(std::move(changes));
    }

    void read_header(const wire::JsonMember& member, std::vector<HeaderChange>& changes) {
        const auto name = member.key();
        const auto refuse = [&](std::string message) {
            faults_.push_back({.pointer = pointer_to(reader_.pointer("headers"), name), .message = std::move(message)});
        };
        if (const auto fault = header_name_fault(name); !fault.empty()) {
            refuse(fmt::format("found the name {}; {}", quoted(name), fault));
            return;
        }
        const auto is_same = [&](const HeaderChange& change) { return same_header_name(change.name, name); };
        if (std::ranges::any_of(changes, is_same)) {
            refuse("this header is there twice (upper and lower case are the same)");
            return;
        }
        // No fault repeats a value: it may be a secret.
        if (member.value.is_null()) {
            changes.push_back({.name = name, .value = std::nullopt});
        } else if (!member.value.is_string()) {
            refuse(
                fmt::format("found {}, allowed is a string, or null to remove the header", kind_shown(member.value)));
        } else {
            Secret text(member.value.string());
            if (auto fault = header_value_fault(text.reveal()); !fault.empty()) refuse(std::move(fault));
            changes.push_back({.name = name, .value = std::move(text)});
        }
    }

    Findings& faults_;
    BodyReader reader_;
    SettingsPatch patch_;
};

}  // namespace

tl::expected<SettingsPatch, Findings> parse_settings(wire::JsonView body, std::string_view pointer,
                                                     SettingsOf settings_of) {
    Findings faults;
    auto patch = SettingsBody(body, pointer, faults).read(settings_of);
    if (!faults.empty()) return tl::unexpected(std::move(faults));
    return patch;
}

}  // namespace posthorn::registry

#include "intake/posted_event.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <sodium.h>

#include "base/moment.h"
#include "catalogue/acting_user.h"
#include "intake/envelope.h"
#include "wire/json_fields.h"

namespace posthorn::intake {

namespace {

using http::Problem;
using wire::JsonView;

Problem malformed(std::string detail, std::vector<http::ProblemError> errors = {}) {
    return {400, "malformed", "The body can't be read", std::move(detail), std::move(errors)};
}

Problem wrong(std::string name, std::string title, std::string detail, std::vector<http::ProblemError> errors = {}) {
    return {422, std::move(name), std::move(title), std::move(detail), std::move(errors)};
}

/// Media type without parameters, lower case.
std::string media_type(std::string_view value) {
    std::string type(value.substr(0, value.find(';')));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return type;
}

bool is_json(const std::string& type) { return type == "application/json" || type.ends_with("+json"); }

/// version 00 of W3C Trace Context: 00-{32 hex}-{16 hex}-{2 hex}; anything else is dropped, as that recommendation says.
bool is_traceparent(std::string_view value) {
    if (value.size() != 55 || !value.starts_with("00-")) return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool is_dash = i == 2 || i == 35 || i == 52;
        const char c = value[i];
        if (is_dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

std::string payload_hash(std::string_view type, std::string_view payload) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    const auto add = [&](std::string_view bytes) {
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    };
    add(type);
    add(std::string_view("\0", 1));
    add(payload);
    std::string hash(crypto_hash_sha256_BYTES, '\0');
    crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(hash.data()));
    return hash;
}

/// The type's name as the catalogue or the tenant has it; empty if neither knows it.
std::string known_name(std::string_view name, const IntakeContext& context) {
    if (const auto* type = context.catalogue.find(context.tenant.product, name)) return type->name;
    if (const auto* custom = context.custom_types.find(name)) return custom->type.name;
    return {};
}

/// One of the places that may name the type.
struct NamedType {
    std::string_view where;
    std::string name;
};

tl::expected<std::string, Problem> agree_on_type(const std::vector<NamedType>& named, const IntakeContext& context) {
    if (named.empty())
        return tl::unexpected(
            wrong("no-event-type", "The event has no type",
                  "Name the type: in an envelope as \"event\", as the query parameter ?event=, or as the "
                  "payload's own \"webhookEvent\"."));
    std::string agreed;
    for (const auto& [where, name] : named) {
        if (catalogue::is_made_by_posthorn(name))
            return tl::unexpected(wrong("reserved-event-type", "This event type can't be posted",
                                        "Posthorn alone makes " + name + ", when an add-on is enabled or disabled."));
        const auto known = known_name(name, context);
        if (known.empty()) {
            const auto custom = context.custom_types.names();
            return tl::unexpected(wrong("unknown-event-type", "Unknown event type",
                                        context.catalogue.explain_unknown(context.tenant.product, name, custom)));
        }
        if (agreed.empty()) agreed = known;
        if (agreed != known)
            return tl::unexpected(wrong("event-types-disagree", "Two types that disagree",
                                        std::string(named.front().where) + " says " + named.front().name + ", " +
                                            std::string(where) + " says " + name + ". Give one, or the same twice."));
    }
    return agreed;
}

/// Strings of a payload by their pointers, "/userKey" or "/user/key"; of the second kind all have the same first step.
class NativeTexts {
public:
    explicit NativeTexts(const wire::JsonFields& payload) : payload_(payload) {}

    std::string at(std::string_view pointer) {
        if (pointer.empty()) return {};
        const auto slash = pointer.find('/', 1);
        if (slash == std::string_view::npos) return text(payload_.find(pointer.substr(1)));
        if (!inner_) {
            const auto object = payload_.find(pointer.substr(1, slash - 1));
            inner_.emplace(object.value_or(JsonView()));
        }
        return text(inner_->find(pointer.substr(slash + 1)));
    }

private:
    static std::string text(const std::optional<JsonView>& value) {
        return value && value->is_string() ? value->string() : std::string();
    }

    const wire::JsonFields& payload_;
    std::optional<wire::JsonFields> inner_;
};

/// A CloudEvent's own, which tells where it began, before that of the request that brings it.
/// Source: CloudEvents, extensions/distributed-tracing.md.
std::string trace_of(const wire::JsonFields& document, const Beside& beside) {
    if (beside.form == Form::cloud_event_structured)
        if (const auto own = document.find("traceparent"); own && own->is_string())
            if (auto trace = own->string(); is_traceparent(trace)) return trace;
    return std::string(beside.traceparent);
}

model::ActingUser native_user(const wire::JsonFields& payload, const IntakeContext& context, std::string_view type) {
    const auto pointers = catalogue::acting_user_pointers(context.tenant.product, type);
    NativeTexts texts(payload);
    return {texts.at(pointers.id), texts.at(pointers.key), texts.at(pointers.account_id),
            texts.at(pointers.display_name)};
}

}  // namespace

tl::expected<Form, Problem> form_of(const std::vector<wire::Header>& headers) {
    const auto value = wire::find_header(headers, "Content-Type");
    const auto type = media_type(value.value_or(""));
    if (type == "application/x-ndjson") return Form::ndjson;
    if (type == "application/cloudevents+json") return Form::cloud_event_structured;
    if (wire::find_header(headers, "ce-specversion") && is_json(type)) return Form::cloud_event_binary;
    if (is_json(type)) return Form::json;
    return tl::unexpected(
        Problem{415, "unsupported-media-type", "Unsupported media type",
                (value ? "Content-Type is '" + std::string(*value) + "'" : std::string("There is no Content-Type")) +
                    ". Events are application/json, application/cloudevents+json or application/x-ndjson."});
}

Beside beside_of(Form form, const std::vector<wire::Header>& headers) {
    const auto header = [&](std::string_view name) { return wire::find_header(headers, name).value_or(""); };
    Beside beside;
    beside.form = form;
    beside.idempotency_key = header("Idempotency-Key");
    if (const auto trace = header("traceparent"); is_traceparent(trace)) beside.traceparent = trace;
    if (form == Form::cloud_event_binary) {
        beside.ce_type = header("ce-type");
        beside.ce_id = header("ce-id");
        beside.ce_source = header("ce-source");
        beside.ce_time = header("ce-time");
        beside.ce_specversion = header("ce-specversion");
        if (const auto trace = header("ce-traceparent"); is_traceparent(trace)) beside.traceparent = trace;
    }
    return beside;
}

tl::expected<Posted, Problem> read_event(std::string_view body, const Beside& beside, const IntakeContext& context) {
    const auto checked = wire::JsonFields::checked(body);
    if (!checked) return tl::unexpected(malformed("The body is no JSON: " + checked.error().detail));
    const auto& document = *checked;
    if (!document.is_object())
        return tl::unexpected(wrong("not-an-object", "The body is no object", "An event is a JSON object."));
    if (const auto twice = document.first_duplicate())
        return tl::unexpected(
            malformed("The member \"" + *twice + "\" is there twice; programs differ on which one counts.",
                      {{"/" + *twice, "is there twice"}}));

    auto envelope = read_envelope(document, beside);
    if (!envelope) return tl::unexpected(std::move(envelope).error());
    std::optional<wire::JsonFields> inner;
    if (envelope->payload) {
        inner.emplace(*envelope->payload);
        if (const auto twice = inner->first_duplicate())
            return tl::unexpected(malformed("The payload's member \"" + *twice + "\" is there twice.",
                                            {{envelope->payload_pointer + "/" + *twice, "is there twice"}}));
    }
    const wire::JsonFields& payload = inner ? *inner : document;

    std::vector<NamedType> named;
    if (!envelope->type.empty()) named.push_back({envelope->type_from, envelope->type});
    if (!beside.query_event.empty()) named.push_back({"the query parameter event", std::string(beside.query_event)});
    const auto webhook_event = payload.find("webhookEvent");
    if (webhook_event && webhook_event->is_string()) named.push_back({"webhookEvent", webhook_event->string()});
    auto type = agree_on_type(named, context);
    if (!type) return tl::unexpected(std::move(type).error());

    Posted posted;
    auto& event = posted.event;
    event.tenant = context.tenant.id;
    event.type = *std::move(type);
    event.payload = std::string(payload.raw());
    const auto timestamp = payload.find("timestamp");
    event.adds_timestamp = !timestamp;
    event.adds_webhook_event = !webhook_event;
    if (envelope->timestamp_ms != 0) event.timestamp_ms = envelope->timestamp_ms;
    else if (timestamp) event.timestamp_ms = timestamp->integer().value_or(0);
    event.user = envelope->is_native ? native_user(payload, context, event.type) : std::move(envelope->user);
    event.flow = envelope->flow;
    event.context = std::move(envelope->context);
    event.traceparent = trace_of(document, beside);

    posted.idempotency.key =
        beside.idempotency_key.empty() ? std::move(envelope->key) : std::string(beside.idempotency_key);
    if (posted.idempotency.key.size() > kKeyBytesMax)
        return tl::unexpected(wrong("key-too-long", "The idempotency key is too long",
                                    "An idempotency key has at most " + std::to_string(kKeyBytesMax) + " bytes."));
    if (!posted.idempotency.key.empty()) posted.idempotency.payload_hash = payload_hash(event.type, event.payload);
    return posted;
}

}  // namespace posthorn::intake

#include "intake/envelope.h"

#include "base/moment.h"

namespace posthorn::intake {

namespace {

using http::Problem;
using http::ProblemError;
using wire::JsonView;

/// Reads members and collects what is wrong with them.
class Members {
public:
    explicit Members(const wire::JsonFields& object, std::string pointer = "")
        : object_(object), pointer_(std::move(pointer)) {}

    std::string text(std::string_view name) {
        const auto value = present(name);
        if (!value) return {};
        if (value->is_string()) return value->string();
        add(name, "must be a string");
        return {};
    }

    std::optional<JsonView> object(std::string_view name) {
        const auto value = present(name);
        if (!value || value->is_object()) return value;
        add(name, "must be an object");
        return std::nullopt;
    }

    /// Null counts as absent.
    std::optional<JsonView> present(std::string_view name) const {
        const auto value = object_.find(name);
        return value && !value->is_null() ? value : std::nullopt;
    }

    void add(std::string_view name, std::string message) {
        auto pointer = pointer_;
        wire::append_pointer_step(pointer, name);
        errors_.push_back({std::move(pointer), std::move(message)});
    }
    void add_all(Members& other) {
        for (auto& error : other.errors_) errors_.push_back(std::move(error));
    }
    std::vector<ProblemError>& errors() { return errors_; }

private:
    const wire::JsonFields& object_;
    std::string pointer_;
    std::vector<ProblemError> errors_;
};

Problem wrong(std::string name, std::string detail, std::vector<ProblemError> errors) {
    return {422, std::move(name), "The body is well-formed but wrong", std::move(detail), std::move(errors)};
}

tl::expected<Envelope, Problem> read_posthorn_envelope(const wire::JsonFields& document, JsonView payload) {
    Envelope envelope;
    envelope.payload = payload;
    envelope.payload_pointer = "/payload";
    envelope.is_native = false;
    envelope.type_from = "event";

    Members members(document);
    envelope.type = members.text("event");
    envelope.key = members.text("id");
    if (const auto timestamp = members.present("timestamp")) {
        const auto value = timestamp->integer();
        if (value && *value > 0) envelope.timestamp_ms = *value;
        else members.add("timestamp", "must be a whole number of milliseconds since 1970");
    }
    const auto flow = members.text("flow");
    if (flow == "Primary") envelope.flow = model::Flow::primary;
    else if (flow == "Secondary") envelope.flow = model::Flow::secondary;
    else if (!flow.empty()) members.add("flow", "is '" + flow + "'; allowed are Primary and Secondary");
    if (const auto user = members.object("user")) {
        const wire::JsonFields fields(*user);
        Members parts(fields, "/user");
        envelope.user = {parts.text("id"), parts.text("key"), parts.text("accountId"), parts.text("displayName")};
        members.add_all(parts);
    }
    if (const auto context = members.object("context")) {
        const wire::JsonFields fields(*context);
        Members values(fields, "/context");
        for (const auto& member : context->members()) {
            if (member.value.is_string()) envelope.context.emplace_back(member.key(), member.value.string());
            else values.add(member.key(), "must be a string, as it is to appear in URLs");
        }
        members.add_all(values);
    }
    if (!members.errors().empty())
        return tl::unexpected(
            wrong("wrong-envelope", "The envelope has members of the wrong kind.", std::move(members.errors())));
    return envelope;
}

/// Source and id together are unique; neither may hold a NUL byte in what clients send.
std::string cloud_event_key(std::string_view source, std::string_view id) {
    std::string key(source);
    key += '\0';
    key += id;
    return key;
}

tl::expected<Envelope, Problem> read_cloud_event(const wire::JsonFields& document, const Beside& beside) {
    const bool is_binary = beside.form == Form::cloud_event_binary;
    Members members(document);
    std::vector<ProblemError> errors;
    const auto attribute = [&](std::string_view name, std::string_view header) {
        auto value = is_binary ? std::string(header) : members.text(name);
        if (value.empty())
            errors.push_back({is_binary ? "" : "/" + std::string(name),
                              (is_binary ? "the header ce-" : "the attribute ") + std::string(name) + " is missing"});
        return value;
    };
    Envelope envelope;
    const auto version = attribute("specversion", beside.ce_specversion);
    const auto id = attribute("id", beside.ce_id);
    const auto source = attribute("source", beside.ce_source);
    envelope.type = attribute("type", beside.ce_type);
    envelope.type_from = "type";
    envelope.key = cloud_event_key(source, id);
    if (!version.empty() && version != "1.0")
        errors.push_back({is_binary ? "" : "/specversion", "is '" + version + "'; CloudEvents 1.0 is understood"});
    if (const auto time = is_binary ? std::string(beside.ce_time) : members.text("time"); !time.empty()) {
        if (const auto at = parse_rfc3339(time)) envelope.timestamp_ms = epoch_ms(*at);
        else errors.push_back({is_binary ? "" : "/time", at.error().detail});
    }
    if (!is_binary) {
        envelope.payload_pointer = "/data";
        if (const auto data = members.object("data")) envelope.payload = *data;
        else if (!members.present("data"))
            errors.push_back({"/data", document.find("data_base64") ? "must be JSON: data_base64 is not understood"
                                                                    : "must be there, and an object: the payload"});
    }
    for (auto& error : members.errors()) errors.push_back(std::move(error));
    if (!errors.empty())
        return tl::unexpected(
            wrong("wrong-cloud-event", "This is no CloudEvent that can be taken.", std::move(errors)));
    return envelope;
}

}  // namespace

tl::expected<Envelope, Problem> read_envelope(const wire::JsonFields& document, const Beside& beside) {
    if (beside.form == Form::cloud_event_structured || beside.form == Form::cloud_event_binary)
        return read_cloud_event(document, beside);
    if (const auto payload = document.find("payload"); payload && payload->is_object())
        return read_posthorn_envelope(document, *payload);
    return Envelope();
}

}  // namespace posthorn::intake

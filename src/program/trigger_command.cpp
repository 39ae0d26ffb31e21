// `posthorn trigger`: a realistic sample event.

#include <memory>

#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/event_sample.h"
#include "program/json_print.h"

namespace posthorn::program {

namespace {

struct Options {
    ClientOptions client;
    std::string type;
    std::vector<std::string> assignments;
    bool dry_run = false;
};

/// The type in the product of the tenant; where the catalogue leaves no doubt, the server isn't asked.
Answered<const catalogue::EventType*> find_type(const Options& options, const catalogue::Catalogue& catalogue,
                                                ClientCommand& command) {
    const auto* of_jira = catalogue.find(model::Product::jira, options.type);
    const auto* of_confluence = catalogue.find(model::Product::confluence, options.type);
    if (of_jira != nullptr && of_confluence != nullptr) {
        if (options.client.tenant == "confluence") return of_confluence;
        if (options.client.tenant == "jira") return of_jira;
        const auto tenant = command.client().call({"GET", command.tenant_path("")});
        if (!tenant) return tl::unexpected(tenant.error());
        return text_of(*tenant, "product") == "confluence" ? of_confluence : of_jira;
    }
    if (of_jira != nullptr) return of_jira;
    return of_confluence;
}

/// A type that a tenant has added: the server knows its sample.
Answered<catalogue::Sample> custom_sample(const Options& options, const catalogue::Catalogue& catalogue,
                                          ClientCommand& command) {
    const auto type = command.client().call({"GET", "/api/v1/event-types/" + options.type});
    if (!type && type.error().status != 404) return tl::unexpected(type.error());
    if (!type) {
        Refusal refusal = type.error();
        const auto product = options.client.tenant == "confluence" ? model::Product::confluence : model::Product::jira;
        refusal.text = printable(catalogue.explain_unknown(product, options.type));
        return tl::unexpected(std::move(refusal));
    }
    catalogue::Sample sample;
    if (const auto& payload = member_of(*type, "sample"); payload.is_object()) sample.payload = payload.get_object();
    if (const auto& context = member_of(*type, "context"); context.is_object()) sample.context = context.get_object();
    return sample;
}

Answered<catalogue::Sample> sample_of(const Options& options, const catalogue::Catalogue& catalogue,
                                      const catalogue::EventType* type, ClientCommand& command) {
    if (type == nullptr) return custom_sample(options, catalogue, command);
    catalogue::SampleOptions sample_options;
    sample_options.now = wall_now();
    return catalogue::make_sample(catalogue, *type, sample_options);
}

int trigger(const Options& options, ClientCommand& command) {
    const catalogue::Catalogue catalogue;
    const auto type = find_type(options, catalogue, command);
    if (!type) return command.fail_with(type.error());
    auto sample = sample_of(options, catalogue, *type, command);
    if (!sample) return command.fail_with(sample.error());
    catalogue::EventType custom;
    custom.name = options.type;
    for (const auto& assignment : options.assignments) {
        const auto set = catalogue::set_path(*sample, *type != nullptr ? **type : custom, assignment);
        if (!set) return wrong_usage("--set " + printable(assignment) + ": " + printable(to_string(set.error())));
    }
    const auto body = envelope_of(*sample, *type != nullptr ? (*type)->name : options.type);
    if (options.dry_run) {
        print_line(pretty_json(body, command.paint()));
        return kDone;
    }
    return command.call_and_show({"POST", command.tenant_path("/events"), body},
                                 [&](const json::value& receipt) { print_receipt(receipt, command.paint()); });
}

}  // namespace

void add_trigger_command(Arguments& root) {
    auto command =
        root.command("trigger", "Post a realistic sample event of a type",
                     "posthorn trigger jira:issue_created\n"
                     "posthorn trigger jira:issue_created --set issue.key=XYZ-7 --set issue.fields.summary='Broken'\n"
                     "posthorn trigger page_created --tenant confluence --set space.key=DOC");
    const auto options = std::make_shared<Options>();
    command.argument("type", options->type, "The event type; 'posthorn event types' lists them");
    command.texts("--set", options->assignments, "Set a field of the payload or a variable; repeatable", "PATH=VALUE");
    command.flag("--dry-run", options->dry_run, "Print the event and send nothing");
    add_tenant_options(command, options->client);
    command.action([options] {
        return with_client(options->client, [&](ClientCommand& client) { return trigger(*options, client); });
    });
}

}  // namespace posthorn::program

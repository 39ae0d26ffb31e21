// `posthorn event`: post an event, look into the catalogue.

#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "catalogue/sample.h"
#include "catalogue/schema.h"
#include "program/client_command.h"
#include "program/commands.h"
#include "program/event_sample.h"
#include "program/json_print.h"
#include "program/schema_fields.h"
#include "program/table.h"

namespace posthorn::program {

namespace {

constexpr std::size_t kEventBytesMax = 8 * 1024 * 1024;  // More than the server takes: it says so best itself.

struct SendOptions {
    ClientOptions client;
    std::string type;
    std::string file = "-";
    std::string id;
};

struct TypesOptions {
    std::string type;
    std::string product;
    bool json = false;
};

int send(const SendOptions& options) {
    if (options.file == "-" && is_terminal(stdin))
        print_error("reading the payload from standard input, Ctrl-D ends it");
    auto body = read_input(options.file, kEventBytesMax);
    if (!body) {
        print_error(to_string(body.error()));
        return kRefused;
    }
    return with_client(options.client, [&](ClientCommand& command) {
        Call call{"POST", command.tenant_path("/events") + query_of({{"event", options.type}}), *std::move(body)};
        if (!options.id.empty()) call.headers.emplace_back("Idempotency-Key", options.id);
        return command.call_and_show(call,
                                     [&](const json::value& receipt) { print_receipt(receipt, command.paint()); });
    });
}

// --- types ------------------------------------------------------------------------------------------------

std::string names_of(const std::vector<catalogue::Variable>& variables) {
    std::string text;
    for (const auto& variable : variables) text += (text.empty() ? "" : ", ") + variable.name;
    return text;
}

json::object summary(const catalogue::EventType& type) {
    json::array variables;
    for (const auto& variable : type.variables) variables.emplace_back(variable.name);
    return {{"event", type.name},
            {"product", model::to_string(type.product)},
            {"group", type.group},
            {"variables", std::move(variables)}};
}

int list_types(const TypesOptions& options, const catalogue::Catalogue& catalogue, std::optional<model::Product> only) {
    Table table({{"EVENT"}, {"PRODUCT"}, {"GROUP"}, {"VARIABLES", Column::Align::left, Column::Fit::shrink}});
    json::array items;
    for (const auto product : catalogue::kProducts) {
        if (only && *only != product) continue;
        for (const auto& type : catalogue.types(product)) {
            if (options.json) items.emplace_back(summary(type));
            else
                table.add({{type.name, Style::bold},
                           {std::string(model::to_string(product))},
                           {type.group},
                           {names_of(type.variables), Style::dim}});
        }
    }
    const auto paint = Paint::for_stream(stdout);
    if (options.json) print_line(pretty_json(json::serialize(json::object{{"items", std::move(items)}}), paint));
    else std::fputs(table.text(columns_of(stdout), paint).c_str(), stdout);
    return kDone;
}

void show_type(const catalogue::EventType& type, const json::object& schema, const catalogue::Sample& sample) {
    const auto paint = Paint::for_stream(stdout);
    print_line(fmt::format("{}  {} {}", paint(Style::bold, type.name), model::to_string(type.product),
                           paint(Style::dim, type.group)));
    if (!type.note.empty()) print_line(type.note);
    print_line("\n" + paint(Style::bold, "Variables") + paint(Style::dim, "  for webhook URLs: ${name} or {name}"));
    Table variables({{"NAME"}, {"VALUE FROM"}, {"SAMPLE", Column::Align::left, Column::Fit::shrink}});
    for (const auto& variable : type.variables) {
        std::string pointers;
        for (const auto& pointer : variable.pointers) pointers += (pointers.empty() ? "" : ", ") + pointer;
        variables.add({{variable.name, Style::cyan},
                       {pointers.empty() ? "the event's context" : pointers},
                       {value_in(sample, variable), Style::dim}});
    }
    if (variables.is_empty()) print_line(paint(Style::dim, "none"));
    else std::fputs(variables.text(columns_of(stdout), paint).c_str(), stdout);

    print_line("\n" + paint(Style::bold, "Payload"));
    Table fields({{"FIELD"}, {"TYPE"}, {"", Column::Align::left}});
    for (const auto& field : fields_of(schema))
        fields.add({{field.path, Style::cyan}, {field.type}, {field.is_required ? "" : "optional", Style::dim}});
    std::fputs(fields.text(columns_of(stdout), paint).c_str(), stdout);

    print_line("\n" + paint(Style::bold, "Sample") +
               paint(Style::dim, "  posthorn trigger " + type.name + " sends this"));
    print_line(pretty_json(json::serialize(sample.payload), paint));
    if (!sample.context.empty())
        print_line("\n" + paint(Style::bold, "Context") + paint(Style::dim, "  values that no payload holds") + "\n" +
                   pretty_json(json::serialize(sample.context), paint));
}

int types(const TypesOptions& options) {
    const catalogue::Catalogue catalogue;
    std::optional<model::Product> only;
    if (!options.product.empty()) {
        only = model::parse_product(options.product);
        if (!only) return wrong_usage("--product '" + printable(options.product) + "': give jira or confluence");
    }
    if (options.type.empty()) return list_types(options, catalogue, only);
    const auto* type = only ? catalogue.find(*only, options.type) : catalogue.find(options.type);
    if (type == nullptr) {
        print_error(printable(catalogue.explain_unknown(only.value_or(model::Product::jira), options.type)));
        return kRefused;
    }
    catalogue::SampleOptions sample_options;
    sample_options.now = wall_now();
    const auto sample = catalogue::make_sample(catalogue, *type, sample_options);
    auto schema = catalogue::make_schema(catalogue, *type);
    if (!options.json) {
        show_type(*type, schema, sample);
        return kDone;
    }
    auto object = summary(*type);
    object["schema"] = std::move(schema);
    object["sample"] = sample.payload;
    object["context"] = sample.context;
    print_line(pretty_json(json::serialize(object), Paint::for_stream(stdout)));
    return kDone;
}

}  // namespace

void add_event_command(Arguments& root) {
    auto group = root.command("event", "Post an event; look into the catalogue of event types",
                              "posthorn event send jira:issue_created -f payload.json");

    auto command =
        group.command("send", "Post an event with a payload of your own",
                      "posthorn event send jira:issue_created -f payload.json\n"
                      "echo '{\"issue\":{\"key\":\"ABC-1\"}}' | posthorn event send jira:issue_updated --id change-17");
    const auto options = std::make_shared<SendOptions>();
    command.argument("type", options->type, "The event type, jira:issue_created; 'posthorn event types' lists them");
    command.text("-f,--file", options->file,
                 "The payload, or an envelope with a member payload; - is standard input "
                 "(default)",
                 "FILE");
    command.text("--id", options->id, "Idempotency key: posting the same again within 24 h changes nothing", "KEY");
    add_tenant_options(command, options->client);
    command.action([options] { return send(*options); });

    auto list = group.command("types", "The event types; of one: variables, payload fields, a sample",
                              "posthorn event types\nposthorn event types jira:issue_created");
    const auto types_options = std::make_shared<TypesOptions>();
    list.argument("type", types_options->type, "One event type", Need::optional);
    list.text("--product", types_options->product, "Only those of jira or confluence", "PRODUCT");
    list.flag("--json", types_options->json, "Print JSON");
    list.action([types_options] { return types(*types_options); });
}

}  // namespace posthorn::program

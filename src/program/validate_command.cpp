// `posthorn validate`: all that is wrong with a descriptor, before a server is asked.

#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/json_print.h"
#include "registry/descriptor.h"

namespace posthorn::program {

namespace {

struct Options {
    std::string source;
    std::string product = "jira";
    std::string ca_file;
    bool plain_http = false;
    bool json = false;
};

Result<std::string> text_of_source(const Options& options) {
    if (!options.source.starts_with("http://") && !options.source.starts_with("https://"))
        return read_input(options.source, registry::kDescriptorBytesMax + 1);
    POSTHORN_TRY(const auto loop, Loop::make(options.ca_file));
    return fetch_text(*loop, options.source, registry::kDescriptorBytesMax + 1);
}

json::array to_json(std::string_view text, const registry::Findings& findings) {
    json::array array;
    for (const auto& finding : findings) {
        const auto place = registry::place_in(text, finding);
        array.push_back(json::object{{"pointer", finding.pointer},
                                     {"message", printable(finding.message)},
                                     {"line", place.line},
                                     {"column", place.column}});
    }
    return array;
}

void print_findings(const std::string& source, std::string_view text, const registry::Findings& findings,
                    std::string_view kind, Style style) {
    const auto paint = Paint::for_stream(stdout);
    for (const auto& finding : findings) {
        const auto place = registry::place_in(text, finding);
        print_line(fmt::format("{}:{}:{}: {} {}{}", printable(source), place.line, place.column,
                               paint(style, std::string(kind) + ":"),
                               finding.pointer.empty() ? "" : paint(Style::bold, printable(finding.pointer)) + ": ",
                               printable(finding.message)));
    }
}

std::string count_of(std::size_t count, std::string_view word) {
    return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

int run(const Options& options) {
    const auto product = model::parse_product(options.product);
    if (!product) return wrong_usage("--product '" + printable(options.product) + "': give jira or confluence");
    const auto text = text_of_source(options);
    if (!text) {
        print_error(printable(to_string(text.error())));
        return kRefused;
    }
    const catalogue::Catalogue catalogue;
    registry::DescriptorRules rules;
    rules.plain_http = options.plain_http ? wire::PlainHttp::allowed : wire::PlainHttp::refused;
    const auto report = registry::parse_descriptor(*text, *product, catalogue, registry::TenantCustomTypes(), rules);
    const bool is_ok = report.descriptor.has_value();
    if (options.json) {
        json::object object{
            {"ok", is_ok}, {"faults", to_json(*text, report.faults)}, {"warnings", to_json(*text, report.warnings)}};
        print_line(pretty_json(json::serialize(object), Paint::for_stream(stdout)));
        return is_ok ? kDone : kRefused;
    }
    const auto name = options.source == "-" ? std::string("stdin") : options.source;
    print_findings(name, *text, report.faults, "fault", Style::red);
    print_findings(name, *text, report.warnings, "warning", Style::yellow);
    const auto paint = Paint::for_stream(stdout);
    if (is_ok)
        print_line(fmt::format("{} {}: add-on {} with {}, {}", paint(Style::green, "ok"), printable(name),
                               report.descriptor->key, count_of(report.descriptor->webhooks.size(), "webhook"),
                               count_of(report.warnings.size(), "warning")));
    else
        print_line(fmt::format("{} {}: {}, {}", paint(Style::red, "refused"), printable(name),
                               count_of(report.faults.size(), "fault"), count_of(report.warnings.size(), "warning")));
    return is_ok ? kDone : kRefused;
}

}  // namespace

void add_validate_command(Arguments& root) {
    auto command =
        root.command("validate", "Check a descriptor: every fault, with its JSON pointer, line and column",
                     "posthorn validate atlassian-connect.json\n"
                     "posthorn validate --product confluence https://addon.example.com/atlassian-connect.json");
    const auto options = std::make_shared<Options>();
    command.argument("descriptor", options->source, "A file, a URL, or - for standard input");
    command.text("--product", options->product, "Whose event types count: jira or confluence (default jira)",
                 "PRODUCT");
    command.flag("--dev", options->plain_http, "Allow a plain http baseUrl, as a server with --dev does");
    command.text("--ca-file", options->ca_file, "Trust these certificate authorities (PEM) for an https URL", "FILE");
    command.flag("--json", options->json, "Print JSON");
    command.action([options] { return run(*options); });
}

}  // namespace posthorn::program

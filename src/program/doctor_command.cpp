// `posthorn doctor`: what may be wrong between server, store, clock, names and receivers.

#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "program/client_command.h"
#include "program/commands.h"
#include "program/json_print.h"
#include "version.h"
#include "wire/http_date.h"
#include "wire/percent.h"
#include "wire/url.h"

namespace posthorn::program {

namespace {

using namespace std::chrono_literals;

struct Options {
    ClientOptions client;
    std::string addon;
    std::string data;
};

enum class Health { good, doubtful, bad };

struct Diagnosis {
    std::string name;
    Health health = Health::good;
    std::string text;
};

class Doctor {
public:
    Doctor(const Options& options, ClientCommand& command) : options_(options), command_(command) {}

    int run() {
        if (check_server()) {
            check_store();
            check_addons();
        }
        if (!options_.data.empty()) check_space();
        return report();
    }

private:
    void add(std::string name, Health health, std::string text) {
        diagnoses_.push_back({std::move(name), health, std::move(text)});
    }

    bool check_server() {
        const auto reply = command_.client().send({"GET", "/healthz"});
        if (!reply) {
            add("server", Health::bad, reply.error().text);
            return false;
        }
        if (reply->status != 200) {
            add("server", Health::bad, refusal_of(*reply).text);
            return false;
        }
        check_version(*reply);
        check_clock(*reply);
        return true;
    }

    void check_version(const Reply& reply) {
        boost::system::error_code error;
        const auto health = json::parse(reply.body, error);
        const auto version = error ? std::string() : text_of(health, "version");
        const auto reached = command_.client().server() + " answers";
        if (version.empty())
            add("server", Health::good, fmt::format("{}; this program is {}", reached, POSTHORN_VERSION));
        else if (version == POSTHORN_VERSION)
            add("server", Health::good, fmt::format("{}, version {}", reached, version));
        else
            add("server", Health::doubtful,
                fmt::format("{}, version {}, but this program is {}: use the same on both sides", reached, version,
                            POSTHORN_VERSION));
    }

    void check_clock(const Reply& reply) {
        const auto date = reply.header("Date");
        const auto now = std::chrono::floor<std::chrono::seconds>(wall_now());
        const auto at =
            date ? wire::parse_http_date(*date, now) : Result<std::chrono::sys_seconds>(fail(Errc::invalid, ""));
        if (!at) return add("clock", Health::doubtful, "the server sends no Date; a proxy in front of it?");
        const auto off = (*at > now ? *at - now : now - *at).count();
        // Tokens live 180 s, and 60 s of the future are forgiven.
        if (off <= 5) add("clock", Health::good, "the server's and this machine's agree");
        else
            add("clock", off > 60 ? Health::bad : Health::doubtful,
                fmt::format(
                    "the server's clock is {} s {} of this machine's; receivers refuse tokens when theirs differ like "
                    "that: run NTP on all of them",
                    off, *at > now ? "ahead" : "behind"));
    }

    void check_store() {
        const auto reply = command_.client().send({"GET", "/readyz"});
        if (!reply) return add("store", Health::bad, reply.error().text);
        if (reply->status != 200) return add("store", Health::bad, refusal_of(*reply).text);
        boost::system::error_code error;
        const auto ready = json::parse(reply->body, error);
        const auto warning = error ? std::string() : text_of(ready, "warning");
        if (warning.empty()) add("store", Health::good, "ready, no trouble");
        else add("store", Health::bad, warning);
    }

    void check_addons() {
        if (!options_.addon.empty()) {
            const auto addon = command_.client().call(
                {"GET", command_.tenant_path("/addons/" + wire::percent_encode(options_.addon))});
            if (!addon) return add("add-on " + options_.addon, Health::bad, addon.error().text);
            return check_addon(*addon);
        }
        const auto page = command_.client().call({"GET", command_.tenant_path("/addons")});
        if (!page) return add("add-ons", Health::bad, page.error().text);
        const auto& items = member_of(*page, "items");
        if (!items.is_array() || items.get_array().empty())
            return add("add-ons", Health::good, fmt::format("tenant {} has none", options_.client.tenant));
        for (const auto& addon : items.get_array()) check_addon(addon);
    }

    void check_addon(const json::value& addon) {
        const auto key = text_of(addon, "key");
        if (const auto state = text_of(addon, "state"); state != "enabled")
            add("add-on " + key, Health::doubtful,
                fmt::format("is {}: it hears no events; 'posthorn addon enable {}'", state, key));
        else if (text_of(addon, "paused") == "true")
            add("add-on " + key, Health::doubtful,
                fmt::format("is paused: its events wait; 'posthorn addon resume {}'", key));
        check_name(key, text_of(addon, "baseUrl"));
        check_webhooks(key, addon);
        check_refusals(key, text_of(addon, "authentication"));
    }

    void check_name(const std::string& key, const std::string& base_url) {
        const auto url = wire::parse_url(base_url);
        if (!url) return add("name " + key, Health::bad, "its base URL " + base_url + " can't be read");
        const auto resolved = command_.loop().run(command_.loop().resolver().resolve(url->host));
        if (resolved)
            add("name " + key, Health::good,
                fmt::format("{} is {}", url->host, resolved->addresses.front().to_string()));
        else
            add("name " + key, Health::bad,
                fmt::format("{} has no address from here: {}", url->host, resolved.error().detail));
    }

    void check_webhooks(const std::string& key, const json::value& addon) {
        const auto& webhooks = member_of(addon, "webhooks");
        if (!webhooks.is_array()) return;
        for (const auto& webhook : webhooks.get_array())
            if (const auto paused = text_of(webhook, "paused"); !paused.empty())
                add("webhook " + text_of(webhook, "id"), Health::doubtful,
                    fmt::format("{} of {} is paused: {}; 'posthorn addon resume {}'", text_of(webhook, "event"), key,
                                paused, key));
    }

    /// connect.md section 8: the token is right (we made it), the receiver says it isn't there.
    void check_refusals(const std::string& key, const std::string& authentication) {
        const auto page = command_.client().call(
            {"GET", command_.tenant_path("/deliveries") + query_of({{"addon", key}, {"limit", "100"}})});
        if (!page) return add("deliveries " + key, Health::bad, page.error().text);
        std::size_t refused = 0;
        std::size_t delivered = 0;
        std::size_t dead = 0;
        std::string example;
        const auto& items = member_of(*page, "items");
        if (items.is_array())
            for (const auto& row : items.get_array()) {
                const auto status = text_of(row, "lastStatus");
                delivered += text_of(row, "state") == "delivered";
                dead += text_of(row, "state") == "dead";
                if (status != "401" && status != "403") continue;
                ++refused;
                if (example.empty()) example = text_of(row, "id");
            }
        if (refused == 0) {
            if (dead == 0)
                return add("deliveries " + key, Health::good,
                           fmt::format("{} of the last 100 delivered, none dead", delivered));
            return add(
                "deliveries " + key, Health::doubtful,
                fmt::format("{} of the last 100 are dead: posthorn delivery list --addon {} --state dead", dead, key));
        }
        if (authentication == "none")
            return add(
                "deliveries " + key, Health::bad,
                fmt::format(
                    "{} of the last 100 were answered 401 or 403, and its descriptor says authentication none, so "
                    "no token is sent: set \"authentication\":{{\"type\":\"jwt\"}}",
                    refused));
        const std::string common =
            fmt::format("{} of the last 100 were answered 401 or 403 although their tokens verify", refused);
        if (delivered == 0)
            return add(
                "deliveries " + key, Health::bad,
                common +
                    ". Does Apache with mod_wsgi stand before the add-on? It drops the Authorization header unless "
                    "'WSGIPassAuthorization On' is set; other proxies can lose it too. 'posthorn delivery show " +
                    example + "' has the receiver's words; 'posthorn receive' shows what is sent");
        add("deliveries " + key, Health::doubtful,
            common +
                fmt::format(
                    ", others were delivered. Perhaps the add-on's clock is off, one of its machines knows another "
                    "secret, or one proxy loses the Authorization header (Apache: WSGIPassAuthorization On): "
                    "posthorn delivery show {}",
                    example));
    }

    void check_space() {
        std::error_code error;
        const auto space = std::filesystem::space(options_.data, error);
        if (error) return add("disk", Health::bad, fmt::format("{}: {}", options_.data, error.message()));
        std::uintmax_t used = 0;
        for (auto entry = std::filesystem::recursive_directory_iterator(options_.data, error);
             !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
            std::error_code gone;  // Segments come and go while we look.
            if (entry->is_regular_file(gone)) {
                const auto size = entry->file_size(gone);
                if (!gone) used += size;
            }
        }
        constexpr std::uintmax_t kMebibyte = 1024 * 1024;
        constexpr std::uintmax_t kLittle = 1024 * kMebibyte;
        const auto text = fmt::format("{} MiB used, {} MiB free for {}", used / kMebibyte, space.available / kMebibyte,
                                      options_.data);
        // As much again as there is now must fit, or the retention is too long for the disk.
        if (space.available < std::max(kLittle, used))
            add("disk", Health::bad, text + ": make room, or shorten --retention");
        else add("disk", Health::good, text);
    }

    int report() const {
        bool is_bad = false;
        json::array array;
        for (const auto& one : diagnoses_) {
            is_bad = is_bad || one.health == Health::bad;
            const bool is_good = one.health == Health::good;
            if (options_.client.json) {
                array.push_back(json::object{{"check", one.name},
                                             {"text", printable_lines(one.text)},
                                             {"health", is_good                     ? "good"
                                                        : one.health == Health::bad ? "bad"
                                                                                    : "doubtful"}});
                continue;
            }
            const auto& paint = command_.paint();
            print_line(fmt::format("{} {}  {}",
                                   is_good                     ? paint(Style::green, "✔")
                                   : one.health == Health::bad ? paint(Style::red, "✖")
                                                               : paint(Style::yellow, "!"),
                                   paint(Style::bold, printable(one.name)), printable_lines(one.text)));
        }
        if (options_.client.json) command_.print_json(json::object{{"ok", !is_bad}, {"checks", std::move(array)}});
        return is_bad ? kRefused : kDone;
    }

    const Options& options_;
    ClientCommand& command_;
    std::vector<Diagnosis> diagnoses_;
};

}  // namespace

void add_doctor_command(Arguments& root) {
    auto command = root.command(
        "doctor", "Look for trouble: server, store, clock, names, receivers that lose the Authorization header",
        "posthorn doctor\nposthorn doctor --addon my-addon --data ./posthorn-data");
    const auto options = std::make_shared<Options>();
    command.text("--addon", options->addon, "Look at one add-on alone", "KEY");
    command.text("--data", options->data, "The server's data folder, if it is on this machine: checks the disk",
                 "FOLDER");
    add_tenant_options(command, options->client);
    command.action([options] {
        return with_client(options->client, [&](ClientCommand& client) { return Doctor(*options, client).run(); });
    });
}

}  // namespace posthorn::program

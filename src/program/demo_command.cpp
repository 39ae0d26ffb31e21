// `posthorn demo`: the main job in one go.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "io/random.h"
#include "program/background_server.h"
#include "program/client_command.h"
#include "program/commands.h"
#include "program/delivery_text.h"
#include "program/event_sample.h"
#include "program/json_print.h"
#include "program/log.h"
#include "program/receiver.h"

namespace posthorn::program {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kEvent = "jira:issue_created";
constexpr auto kArrivalMax = 20s;

struct Options {
    bool keep = false;
    bool json = false;
};

/// A new folder, gone with all in it at the end.
class TemporaryFolder {
public:
    TemporaryFolder()
        : path_((std::filesystem::temp_directory_path() / ("posthorn-demo-" + io::random_uuid())).string()) {}
    ~TemporaryFolder() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::string millis_since(std::chrono::steady_clock::time_point started) {
    return short_duration(fmt::format(
        "{:.3f}ms", std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count()));
}

/// The steps on the terminal, or collected for --json.
class Steps {
public:
    Steps(const Options& options, Paint paint) : options_(options), paint_(paint) {}

    void done(std::string_view name, const std::string& text) { add(name, text, true); }
    int failed(std::string_view name, const std::string& text) {
        add(name, text, false);
        return kRefused;
    }
    void line(const std::string& text) const {
        if (!options_.json) print_line(text);
    }
    const Paint& paint() const { return paint_; }
    json::array take() { return std::move(steps_); }

private:
    void add(std::string_view name, const std::string& text, bool is_ok) {
        ++count_;
        if (options_.json) {
            steps_.push_back(json::object{{"name", name}, {"ok", is_ok}, {"text", printable(text)}});
            return;
        }
        print_line(fmt::format("{} {} {} {}", paint_(Style::dim, std::to_string(count_)),
                               is_ok ? paint_(Style::green, "✔") : paint_(Style::red, "✖"),
                               paint_(Style::bold, fmt::format("{:<9}", name)), text));
        std::fflush(stdout);
    }

    const Options& options_;
    Paint paint_;
    int count_ = 0;
    json::array steps_;
};

class Demo {
public:
    explicit Demo(const Options& options) : options_(options), steps_(options, Paint::for_stream(stdout)) {}

    int run() {
        const int code = run_steps();
        if (options_.json) print_result(code);
        if (code == kDone && options_.keep) stay_up();
        return code;
    }

private:
    int run_steps() {
        if (const int code = start(); code != kDone) return code;
        if (const int code = install(); code != kDone) return code;
        if (const int code = send_event(); code != kDone) return code;
        if (const int code = await_call(); code != kDone) return code;
        if (const int code = judge(); code != kDone) return code;
        return look_into_history();
    }

    int start() {
        const auto started = std::chrono::steady_clock::now();
        log_troubles_only();
        ServeOptions serve;
        serve.listen = "127.0.0.1:0";
        serve.data = folder_.path();
        serve.dev = true;
        serve.drain = 2s;
        auto server = BackgroundServer::start(std::move(serve));
        if (!server) return steps_.failed("Server", to_string(server.error()));
        server_ = *std::move(server);
        steps_.done("Server", fmt::format("{} with its data in a temporary folder, up after {}", server_->url(),
                                          millis_since(started)));

        auto loop = Loop::make("");
        if (!loop) return steps_.failed("Receiver", to_string(loop.error()));
        loop_ = *std::move(loop);
        ReceiverOptions receiver;
        receiver.key = "demo-addon";
        receiver.events = {std::string(kEvent)};
        receiver.issuer = server_->url();
        receiver_ =
            std::make_unique<Receiver>(*loop_, catalogue_, std::move(receiver), [this](const ReceivedCall& call) {
                if (is_staying_) print_call(call, Bodies::hidden, steps_.paint());
                else calls_.push_back(call);
            });
        const auto listening = receiver_->listen();
        if (!listening) return steps_.failed("Receiver", to_string(listening.error()));
        steps_.done("Receiver", receiver_->descriptor_url() + " is a sample add-on's descriptor");

        auto client = Client::make(*loop_, {server_->url(), ""});
        if (!client) return steps_.failed("Receiver", to_string(client.error()));
        client_.emplace(*std::move(client));
        return kDone;
    }

    const ReceivedCall* find_call(ReceivedCall::Kind kind) const {
        for (const auto& call : calls_)
            if (call.kind == kind && (kind == ReceivedCall::Kind::webhook || call.name == "installed")) return &call;
        return nullptr;
    }

    int install() {
        const auto body = json::serialize(json::object{{"descriptorUrl", receiver_->descriptor_url()}});
        const auto installed = client_->call({"POST", "/api/v1/tenants/jira/addons", body});
        if (!installed) return steps_.failed("Install", installed.error().text);
        const auto* call = find_call(ReceivedCall::Kind::lifecycle);
        if (call == nullptr || !call->verification.is_ok()) {
            if (call != nullptr) print_checks(*call);
            return steps_.failed("Install", "the add-on could not verify the 'installed' call");
        }
        steps_.done("Install",
                    fmt::format("{} in tenant jira: its 'installed' came signed {}, token ok, with the shared secret",
                                text_of(*installed, "key"), call->verification.token->alg));
        return kDone;
    }

    int send_event() {
        catalogue::SampleOptions sample_options;
        sample_options.now = wall_now();
        const auto* type = catalogue_.find(kEvent);
        const auto sample = catalogue::make_sample(catalogue_, *type, sample_options);
        sent_at_ = std::chrono::steady_clock::now();
        const auto receipt = client_->call({"POST", "/api/v1/tenants/jira/events", envelope_of(sample, kEvent)});
        if (!receipt) return steps_.failed("Event", receipt.error().text);
        steps_.done("Event",
                    fmt::format("{} accepted and durable as {} after {}, {} delivery", kEvent, text_of(*receipt, "id"),
                                millis_since(sent_at_), text_of(*receipt, "deliveries")));
        return kDone;
    }

    int await_call() {
        const bool has_arrived =
            loop_->run_until([this] { return find_call(ReceivedCall::Kind::webhook) != nullptr; }, kArrivalMax);
        if (!has_arrived) return steps_.failed("Call", "nothing arrived within 20 s");
        steps_.done("Call", fmt::format("arrived {} after the event was posted:", millis_since(sent_at_)));
        const auto& call = *find_call(ReceivedCall::Kind::webhook);
        const auto& paint = steps_.paint();
        steps_.line("");
        steps_.line(fmt::format("      {} {}", paint(Style::bold, call.method), printable(call.target)));
        for (const auto& [name, value] : call.headers) print_header(name, value);
        steps_.line("      " +
                    paint(Style::dim, fmt::format("{} bytes of payload, exactly as it was posted, for issue {}",
                                                  call.body.size(), issue_key_of(call.body))));
        steps_.line("");
        return kDone;
    }

    void print_header(const std::string& name, const std::string& value) const {
        const auto& paint = steps_.paint();
        const bool is_token = value.starts_with("JWT ");
        constexpr std::size_t kShown = 40;
        const auto shown = is_token ? value.substr(0, kShown) + "…" : value;
        steps_.line(fmt::format("      {}: {}", paint(Style::cyan, printable(name)), printable(shown)));
        if (!is_token) return;
        if (const auto token = wire::decode_jwt(value)) {
            steps_.line("        " + paint(Style::dim, "header ") + printable(token->header_json));
            steps_.line("        " + paint(Style::dim, "claims ") + printable(token->claims_json));
        }
    }

    static std::string issue_key_of(const std::string& body) {
        boost::system::error_code error;
        const auto payload = json::parse(body, error);
        return error ? "?" : text_of(member_of(payload, "issue"), "key");
    }

    void print_checks(const ReceivedCall& call) const {
        const auto& paint = steps_.paint();
        for (const auto& check : call.verification.checks) {
            std::string note;
            if (check.is_ok() && check.name == "signature") note = "HMAC-SHA-256 with the add-on's shared secret";
            if (check.is_ok() && check.name == "times") note = "iat and exp hold now";
            if (check.is_ok() && check.name == "qsh") note = "bound to " + printable(call.verification.expected);
            steps_.line(
                fmt::format("      {:<10} {}  {}", check.name,
                            check.is_ok() ? paint(Style::green, "ok") : paint(Style::red, "wrong: ") + check.wrong,
                            paint(Style::dim, note)));
        }
    }

    int judge() {
        const auto& call = *find_call(ReceivedCall::Kind::webhook);
        if (!call.verification.is_ok()) {
            print_checks(call);
            return steps_.failed("Token", "wrong");
        }
        steps_.done("Token", "checked part by part, as an add-on framework does:");
        print_checks(call);
        return kDone;
    }

    int look_into_history() {
        json::value delivery;
        const auto until = std::chrono::steady_clock::now() + kArrivalMax;
        while (std::chrono::steady_clock::now() < until) {
            const auto page = client_->call({"GET", "/api/v1/tenants/jira/deliveries?event=" + std::string(kEvent)});
            if (!page) return steps_.failed("History", page.error().text);
            const auto& items = member_of(*page, "items");
            if (items.is_array() && !items.get_array().empty()) delivery = items.get_array().front();
            if (text_of(delivery, "state") == "delivered") break;
            loop_->run_until([] { return false; }, 50ms);
        }
        if (text_of(delivery, "state") != "delivered")
            return steps_.failed("History", "the delivery is " + text_of(delivery, "state"));
        steps_.done("History", fmt::format("{} {}: answered {} in {}", text_of(delivery, "id"),
                                           steps_.paint()(Style::green, "delivered"), text_of(delivery, "lastStatus"),
                                           short_duration(text_of(delivery, "lastDuration"))));
        return kDone;
    }

    void print_result(int code) {
        json::object result{{"ok", code == kDone},
                            {"server", server_ ? json::value(server_->url()) : json::value(nullptr)}};
        result["steps"] = steps_.take();
        const auto* call = find_call(ReceivedCall::Kind::webhook);
        result["call"] = call != nullptr ? json::value(to_json(*call)) : json::value(nullptr);
        print_line(pretty_json(json::serialize(result), steps_.paint()));
        std::fflush(stdout);
    }

    void stay_up() {
        steps_.line(
            fmt::format("\nThe server stays up at {}; Ctrl-C ends it and removes its data. In another terminal:\n"
                        "  export POSTHORN_SERVER={}\n"
                        "  posthorn trigger {} --set issue.key=XYZ-7\n"
                        "  posthorn delivery list\n"
                        "  posthorn delivery tail\n",
                        server_->url(), server_->url(), kEvent));
        std::fflush(stdout);
        is_staying_ = !options_.json;
        loop_->run_until_signal();
    }

    const Options& options_;
    Steps steps_;
    // In the order of their making; destroyed in reverse, the folder last.
    TemporaryFolder folder_;
    catalogue::Catalogue catalogue_;
    std::unique_ptr<BackgroundServer> server_;
    std::unique_ptr<Loop> loop_;
    std::vector<ReceivedCall> calls_;
    std::unique_ptr<Receiver> receiver_;
    std::optional<Client> client_;
    std::chrono::steady_clock::time_point sent_at_;
    bool is_staying_ = false;
};

int demo(const Options& options) {
    int code = kRefused;
    {
        Demo demo(options);
        code = demo.run();
    }
    if (code == kDone && !options.json && !options.keep)
        print_line("\nAll of it is gone again. Next: 'posthorn demo --keep', or 'posthorn serve --dev' to go on.");
    return code;
}

}  // namespace

void add_demo_command(Arguments& root) {
    auto command =
        root.command("demo", "The main job in one go: server, add-on, install, event, the signed call and its check",
                     "posthorn demo\nposthorn demo --keep   # stays up, to play with");
    const auto options = std::make_shared<Options>();
    command.flag("--keep", options->keep, "Stay up afterwards; prints address and commands");
    command.flag("--json", options->json, "Print JSON");
    command.action([options] { return demo(*options); });
}

}  // namespace posthorn::program

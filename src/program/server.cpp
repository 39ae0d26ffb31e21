#include "program/server.h"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include "api/addon_routes.h"
#include "api/delivery_routes.h"
#include "api/event_routes.h"
#include "api/receiver_routes.h"
#include "api/router.h"
#include "api/server_routes.h"
#include "api/session_routes.h"
#include "api/system_routes.h"
#include "api/tenant_routes.h"
#include "api/upm_routes.h"
#include "catalogue/catalogue.h"
#include "deliver/dispatch.h"
#include "engine/engine.h"
#include "engine/recovery.h"
#include "engine/store.h"
#include "http/server.h"
#include "inspect/inspector_routes.h"
#include "inspect/inspectors.h"
#include "inspect/live_stream.h"
#include "inspect/metrics.h"
#include "inspect/overview.h"
#include "io/file.h"
#include "io/net_context.h"
#include "io/net_thread.h"
#include "io/open_files.h"
#include "io/outgoing.h"
#include "io/random.h"
#include "io/thread_class.h"
#include "io/tls_server.h"
#include "lifecycle/lifecycle.h"
#include "page/page_routes.h"
#include "program/server_log.h"
#include "registry/registry.h"
#include "registry/sealing.h"
#include "wire/url.h"

namespace posthorn::program {

namespace {

/// What holds where nobody says otherwise: connect.md section 5.
registry::DeliveryDefaults server_defaults() {
    registry::DeliveryDefaults defaults;
    defaults.retry = registry::Retry{};
    defaults.connect_timeout = std::chrono::seconds(5);
    defaults.answer_timeout = std::chrono::seconds(20);
    defaults.concurrency = 20;
    return defaults;
}

/// Runs one coroutine to its end, before or after the server's own loop.
template <class T>
T run_to_end(io::asio::io_context& net, io::Task<T> task) {
    std::optional<T> result;
    io::asio::co_spawn(net.get_executor(), std::move(task), [&](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        result.emplace(std::move(value));
    });
    net.restart();
    while (!result && net.run_one() > 0) {
    }
    return *std::move(result);
}

Result<io::AddressRules> address_rules(const ServeOptions& options) {
    std::vector<io::Network> allowed;
    for (const auto& text : options.allow_receiver) {
        POSTHORN_TRY(auto network, io::Network::parse(text));
        allowed.push_back(std::move(network));
    }
    return io::AddressRules(options.dev ? io::Mode::dev : io::Mode::production, std::move(allowed));
}

std::string origin_of(const std::string& public_url) {
    const auto url = wire::parse_url(public_url);
    return url ? url->origin() : std::string();
}

bool is_loopback_url(const std::string& text) {
    const auto url = wire::parse_url(text);
    if (!url) return false;
    if (url->host == "localhost") return true;
    boost::system::error_code error;
    const auto address = io::asio::ip::make_address(url->host, error);
    return !error && address.is_loopback();
}

std::string address_text(const io::Endpoint& endpoint) {
    const auto address = endpoint.address();
    const auto host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    return host + ":" + std::to_string(endpoint.port());
}

Result<io::Outgoing> make_outgoing(io::asio::io_context& context, io::TimerWheel& wheel, const ServeOptions& options) {
    POSTHORN_TRY(auto rules, address_rules(options));
    return io::Outgoing::make(context, wheel, std::move(rules), {.ca_file = options.ca_file});
}

}  // namespace

/// In the order of their making; destroyed in reverse.
struct Server::Parts {
    explicit Parts(ServeOptions given) : options(std::move(given)) {}
    // Coroutines that still wait refer to the parts below, so they go first.
    ~Parts() {
        out.end();
        net.end();
    }

    Result<void> open_store();
    Result<void> open_registry();
    Result<void> open_engine();
    Result<void> make_admin_key();
    Result<void> load_certificate();
    Result<void> listen();
    Result<void> listen_to_ourselves(const io::Endpoint& endpoint);
    Result<void> open_inspectors();
    void add_routes();
    io::Task<void> shut_down();

    ServeOptions options;
    std::string url;
    std::string public_url;
    std::string admin_key;
    std::vector<std::string> warnings;
    int exit_code = 0;
    bool is_stopping = false;

    io::NetContext net;
    io::TimerWheel wheel{net};
    ServerLog log;
    catalogue::Catalogue catalogue;
    std::unique_ptr<engine::Store> store;
    std::optional<registry::Registry> registry;
    io::Outgoing ours;  // The net thread's own: installs, inspectors.
    io::NetThread out;  // Deliveries are most of what is sent and read, so they have a thread of their own.
    io::TimerWheel out_wheel{out.context()};
    io::Outgoing receivers;
    std::optional<deliver::Deliverer> deliverer;
    std::optional<deliver::Dispatch> dispatch;
    std::optional<engine::Engine> engine;
    std::optional<engine::Recoveries> recoveries;
    std::optional<lifecycle::Lifecycle> lifecycle;
    std::optional<api::Router> router;
    std::optional<api::Upm> upm;
    std::optional<inspect::LiveStream> live;
    std::optional<inspect::Overview> overview;
    std::optional<inspect::Inspectors> inspectors;
    std::optional<inspect::Metrics> metrics;
    std::unique_ptr<io::asio::ssl::context> tls;
    std::optional<http::Server> http;
    std::optional<http::Server> own_http;  // Where we serve https: plain, for our own inspectors' calls.
    std::optional<io::asio::signal_set> signals;
};

Result<void> Server::Parts::open_store() {
    if (options.store != "embedded")
        return fail(Errc::unsupported, "--store '" + options.store + "': only 'embedded' is built yet");
    // Payloads are nobody else's business, whatever the folder's own mode.
    ::umask(S_IRWXG | S_IRWXO);
    engine::StoreOptions store_options;
    store_options.folder = options.data;
    store_options.state.retention = options.retention;
    store_options.state.limits = {options.backlog_limit, options.store_limit, 256 << 20, options.data};
    store_options.state.on_notice = [this](const engine::StateNotice& notice) { log.on_notice(notice); };
    // Nobody knows what is durable then. After a restart the log says what is true.
    const auto end_at_once = [](const Error& error) {
        std::fprintf(stderr, "posthorn: the journal can't be synced (%s); ending so that nothing is promised falsely\n",
                     to_string(error).c_str());
        std::_Exit(1);
    };
    POSTHORN_TRY(store, engine::Store::open(io::posix_disk(), net, std::move(store_options), end_at_once));
    return {};
}

Result<void> Server::Parts::open_registry() {
    auto& state = store->state();
    registry::MasterKeyOptions key_options;
    key_options.file = options.master_key_file.empty() ? options.data + "/master.key" : options.master_key_file;
    if (const char* value = std::getenv("POSTHORN_MASTER_KEY")) key_options.value = value;
    key_options.store = state.opened().key_check ? registry::StoreAge::existing : registry::StoreAge::fresh;
    POSTHORN_TRY(auto loaded, registry::MasterKey::load(key_options, io::posix_disk()));
    if (!loaded.warning.empty()) warnings.push_back(loaded.warning);
    if (state.opened().key_check) POSTHORN_CHECK(loaded.key.matches(*state.opened().key_check));

    std::function<Result<registry::Rows>(state::Reader&)> query = [](state::Reader& reader) {
        return reader.registry();
    };
    POSTHORN_TRY(auto rows, run_to_end(net, state.read(engine::Lane::engine, std::move(query))));
    if (rows.empty()) {
        POSTHORN_TRY(rows, registry::first_rows(loaded.key, wall_now()));
        POSTHORN_TRY(const auto sequence, run_to_end(net, store->append(model::RegistryChanged{rows})));
        static_cast<void>(sequence);
    }
    if (!state.opened().key_check) POSTHORN_CHECK(state.set_key_check(loaded.key.key_check()));
    registry.emplace(catalogue, std::move(loaded.key), registry::CompileFilter{});
    return registry->load(rows);
}

Result<void> Server::Parts::open_engine() {
    POSTHORN_TRY(ours, make_outgoing(net, wheel, options));
    POSTHORN_TRY(receivers, make_outgoing(out.context(), out_wheel, options));
    deliver::PoolLimits pool;
    // The rest is for clients, attempts under way and the store.
    pool.idle_max = std::min(pool.idle_max, io::raise_open_files_max() / 2);
    deliverer.emplace(*receivers.dialer, out_wheel, pool);
    dispatch.emplace(net, out.context(), *deliverer);
    engine::EngineOptions engine_options;
    engine_options.defaults = server_defaults();
    engine_options.random_seed = io::random_number();
    engine.emplace(net, wheel, *store, *registry, *dispatch, std::move(engine_options));
    return {};
}

Result<void> Server::Parts::make_admin_key() {
    const bool has_admin = [&] {
        for (const auto* key : registry->snapshot()->api_keys())
            if (key->role == registry::Role::admin) return true;
        return false;
    }();
    const bool is_reachable = !options.public_url.empty() && !is_loopback_url(options.public_url);
    if (options.dev && is_reachable)
        warnings.push_back(
            "--dev with the public URL " + options.public_url +
            ": whoever reaches it from outside needs an API key; receivers on private addresses are called.");
    if (has_admin || (options.dev && !is_reachable)) return {};

    const auto token = registry::random_api_token();
    auto key = registry::make_api_key(registry::Role::admin, {}, "", "made at first start", token, wall_now());
    if (options.admin_key_file.empty()) {
        admin_key = token.reveal();
    } else {
        const std::string line = std::string(token.reveal()) + "\n";
        POSTHORN_CHECK(
            io::write_file_atomically(io::posix_disk(), options.admin_key_file, line, io::FileMode::owner_only));
    }
    std::vector<registry::RegistryChange> changes;
    changes.emplace_back(registry::PutApiKey{std::move(key)});
    return run_to_end(net, engine->change(std::move(changes)));
}

Result<void> Server::Parts::load_certificate() {
    if (options.tls_cert.empty() && options.tls_key.empty()) return {};
    if (options.tls_cert.empty() || options.tls_key.empty())
        return fail(Errc::invalid, "--tls-cert and --tls-key belong together; give both");
    POSTHORN_TRY(tls, io::make_tls_server(options.tls_cert, options.tls_key));
    return {};
}

Result<void> Server::Parts::listen() {
    POSTHORN_CHECK(load_certificate());
    api::AccessRules rules;
    rules.mode = options.dev ? io::Mode::dev : io::Mode::production;
    router.emplace(*registry, std::move(rules));
    http.emplace(
        net, wheel, [this](http::Exchange& exchange) { return router->handle(exchange); }, http::ServerOptions{});
    POSTHORN_TRY(const auto endpoints, http->listen(options.listen, tls.get()));
    url = (tls ? "https://" : "http://") + address_text(endpoints.front());
    public_url = options.public_url.empty() ? url : options.public_url;
    std::vector<std::uint16_t> ports;
    for (const auto& endpoint : endpoints) ports.push_back(endpoint.port());
    router->set_ports(std::move(ports));
    router->set_public_origin(origin_of(public_url));
    if (const auto parsed = wire::parse_url(public_url)) {
        auto path = parsed->path;
        while (path.ends_with('/')) path.pop_back();
        router->set_public_path(std::move(path));
    }
    POSTHORN_CHECK(listen_to_ourselves(endpoints.front()));
    add_routes();
    return open_inspectors();
}

/// connect.md section 7: an inspector's calls go straight to our own listener.
Result<void> Server::Parts::listen_to_ourselves(const io::Endpoint& endpoint) {
    io::OwnServer own;
    own.listener = endpoint;
    if (endpoint.address().is_unspecified()) {
        const bool is_v6 = endpoint.address().is_v6();
        own.listener.address(is_v6 ? io::Address(io::asio::ip::address_v6::loopback())
                                   : io::Address(io::asio::ip::address_v4::loopback()));
    }
    if (tls) {
        // Its certificate is for the public URL's name, which may not be ours to check here.
        own_http.emplace(
            net, wheel, [this](http::Exchange& exchange) { return router->handle_hosts(exchange); },
            http::ServerOptions{});
        POSTHORN_TRY(const auto endpoints, own_http->listen("127.0.0.1:0", nullptr));
        own.listener = endpoints.front();
    }
    const auto origin = wire::parse_url(public_url);
    if (origin && !options.dev) {
        own.is_https = origin->scheme == wire::Scheme::https;
        own.host = origin->host;
        own.port = origin->port;
    }
    receivers.dialer->set_own_server(own);
    ours.dialer->set_own_server(std::move(own));
    return {};
}

Result<void> Server::Parts::open_inspectors() {
    inspect::InspectorOptions inspector_options;
    inspector_options.public_url = public_url;
    while (inspector_options.public_url.ends_with('/')) inspector_options.public_url.pop_back();
    POSTHORN_TRY(auto opened, inspect::InspectorStore::open(options.data, inspector_options.limits, net));
    if (!opened.warning.empty()) warnings.push_back(opened.warning);
    inspectors.emplace(*engine, *lifecycle, *ours.dialer, std::move(opened), std::move(inspector_options));
    inspect::add_inspector_routes(*router, *inspectors);
    inspect::add_inspector_addon_routes(*router, *inspectors);
    return {};
}

void Server::Parts::add_routes() {
    lifecycle::LifecycleOptions lifecycle_options;
    lifecycle_options.public_url = public_url;
    lifecycle_options.plain_http =
        options.dev || !options.allow_receiver.empty() ? wire::PlainHttp::allowed : wire::PlainHttp::refused;
    lifecycle_options.own_descriptor = [this](std::string_view descriptor_url) -> std::optional<std::string> {
        return inspectors ? inspectors->descriptor_at(descriptor_url) : std::nullopt;
    };
    if (!options.dev) lifecycle_options.own_origin = origin_of(public_url);
    lifecycle.emplace(*engine, *ours.dialer, std::move(lifecycle_options));
    recoveries.emplace(*engine);
    upm.emplace(*lifecycle, *engine);
    live.emplace(*engine);
    overview.emplace(*engine);
    log.listen_to(*engine);
    metrics.emplace(inspect::MetricSources{*engine, *router, *http, *deliverer, options.data});
    // The busiest route is looked at first.
    api::add_event_routes(*router, *engine);
    api::add_addon_routes(*router, *lifecycle, *engine);
    api::add_delivery_routes(*router, *engine, *recoveries);
    api::add_receiver_routes(*router, *engine);
    api::add_tenant_routes(*router, *engine, public_url);
    api::add_key_routes(*router, *engine);
    api::add_session_routes(*router);
    api::add_catalogue_routes(*router, catalogue);
    api::add_server_routes(*router, *engine, [this] { return !is_stopping; });
    api::add_system_routes(*router, *engine,
                           {wall_now(), public_url, options.data, options.retention, options.dev, warnings});
    live->add_routes(*router);
    overview->add_routes(*router);
    metrics->add_routes(*router);
    upm->add_routes(*router);
    page::add_page_routes(*router);
}

io::Task<void> Server::Parts::shut_down() {
    http->stop_accepting();
    live->stop();
    co_await overview->stop();
    if (own_http) own_http->stop_accepting();
    co_await inspectors->stop();
    co_await lifecycle->stop();
    co_await engine->drain(options.drain);
    http->close();
    if (own_http) own_http->close();
    inspectors->store().stop();
    out.stop();
    deliverer->close();
    store->stop();
    wheel.stop();
    net.stop();  // Coroutines that still wait end with the io_context.
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::make(ServeOptions options) {
    auto parts = std::make_unique<Parts>(std::move(options));
    POSTHORN_CHECK(parts->open_store());
    POSTHORN_CHECK(parts->open_registry());
    POSTHORN_CHECK(parts->open_engine());
    POSTHORN_CHECK(parts->make_admin_key());
    POSTHORN_CHECK(parts->listen());
    parts->out.start("deliver");
    POSTHORN_CHECK(run_to_end(parts->net, parts->engine->start()));
    io::asio::co_spawn(parts->net.get_executor(), parts->lifecycle->recover(), io::asio::detached);
    parts->inspectors->start();
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

const std::string& Server::url() const { return parts_->url; }
const std::string& Server::admin_key() const { return parts_->admin_key; }
const std::vector<std::string>& Server::warnings() const { return parts_->warnings; }
std::vector<std::string> Server::routes() const { return parts_->router->routes(); }
io::asio::io_context& Server::net() { return parts_->net; }

int Server::run() {
    auto& net = parts_->net;
    parts_->signals.emplace(net, SIGINT, SIGTERM);
    parts_->signals->async_wait([this](const boost::system::error_code& error, int) {
        if (!error) stop();
    });
    net.restart();
    io::set_thread("posthorn", io::ThreadClass::prompt);
    net.run();
    return parts_->exit_code;
}

void Server::stop() {
    io::asio::post(parts_->net, [this] {
        if (std::exchange(parts_->is_stopping, true)) return;
        io::asio::co_spawn(parts_->net.get_executor(), parts_->shut_down(), io::asio::detached);
    });
}

}  // namespace posthorn::program

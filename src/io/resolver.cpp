#include "io/resolver.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "io/ares_channel.h"
#include "io/name_cache.h"
#include "io/signal.h"

namespace posthorn::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kHostBytesMax = 253;
constexpr std::chrono::seconds kLookAtResolvConfEvery{5};

/// Names are the same in either case, and with a dot at the end.
std::string canonical(std::string host) {
    if (host.size() > 1 && host.back() == '.') host.pop_back();
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
    return host;
}

bool is_localhost(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > kHostBytesMax || host.front() == '.' || host.find("..") != std::string::npos)
        return false;
    return std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

/// Whether programs exist that take `host` for an IPv4 address: its last label is a number (URL standard, "ends in
/// a number"). No top-level domain is one.
bool ends_in_number(std::string_view host) {
    const auto label = host.substr(host.rfind('.') + 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (std::ranges::all_of(label, is_digit)) return true;
    return label.starts_with("0x") && std::ranges::all_of(label.substr(2), [](char c) {
               return std::isxdigit(static_cast<unsigned char>(c)) != 0;
           });
}

Result<Resolved> itself(std::vector<Address> addresses) {
    Resolved resolved;
    resolved.addresses = std::move(addresses);
    resolved.ttl = std::chrono::hours(24);
    return resolved;
}

class CachingResolver final : public Resolver {
public:
    CachingResolver(asio::io_context& context, ResolverOptions options)
        : context_(context), shared_(std::make_shared<Shared>(std::move(options))) {}

    Task<Result<Resolved>> resolve(std::string host) override;

private:
    /// One name being looked up, and those who wait for it, each with a time limit of his own.
    struct Query {
        std::optional<Result<Resolved>> result;
        std::vector<std::shared_ptr<Signal>> waiters;
    };
    /// What those who wait and c-ares' answers refer to: they may come when the resolver has just gone.
    struct Shared {
        explicit Shared(ResolverOptions options_in) : options(std::move(options_in)), cache(options.names_max) {}
        ResolverOptions options;
        NameCache cache;
        std::unordered_map<std::string, std::shared_ptr<Query>> queries;

        void answer(const std::string& host, Result<Resolved> result);
    };

    Result<std::shared_ptr<Query>> start_query(const std::string& host);
    Result<void> open_channel();

    asio::io_context& context_;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<AresChannel> channel_;
    Clock::time_point looked_at_{};
    timespec changed_at_{};
};

void CachingResolver::Shared::answer(const std::string& host, Result<Resolved> result) {
    const auto found = queries.find(host);
    if (found == queries.end()) return;
    const auto query = std::move(found->second);
    queries.erase(found);
    if (result) {
        const auto ttl = std::clamp<std::chrono::milliseconds>(result->ttl, options.ttl_min, options.ttl_max);
        cache.keep(host, result, Clock::now() + ttl);
    } else if (result.error().code != Errc::cancelled) {
        cache.keep(host, result, Clock::now() + options.failure_ttl);
    }
    query->result.emplace(std::move(result));
    for (const auto& waiter : query->waiters) waiter->raise();
}

/// Opens c-ares at the first query, and anew when resolv.conf has changed (a laptop in another network), as soon as
/// no query is under way.
Result<void> CachingResolver::open_channel() {
    const auto now = Clock::now();
    if (channel_ && (!shared_->options.servers.empty() || now - looked_at_ < kLookAtResolvConfEvery)) return {};
    looked_at_ = now;
    struct stat found{};
    ::stat("/etc/resolv.conf", &found);
    const bool is_same = found.st_mtim.tv_sec == changed_at_.tv_sec && found.st_mtim.tv_nsec == changed_at_.tv_nsec;
    if (channel_ && (is_same || !shared_->queries.empty())) return {};
    POSTHORN_TRY(auto opened, AresChannel::make(context_, shared_->options));
    channel_ = std::move(opened);
    changed_at_ = found.st_mtim;
    return {};
}

Result<std::shared_ptr<CachingResolver::Query>> CachingResolver::start_query(const std::string& host) {
    if (shared_->queries.size() >= shared_->options.queries_max)
        return fail(Errc::full, "too many names are being looked up at once");
    POSTHORN_CHECK(open_channel());
    auto query = std::make_shared<Query>();
    shared_->queries.emplace(host, query);  // Before asking: the answer may be there at once.
    channel_->query(host,
                    [shared = shared_, host](Result<Resolved> result) { shared->answer(host, std::move(result)); });
    return query;
}

Task<Result<Resolved>> CachingResolver::resolve(std::string host) {
    host = canonical(std::move(host));
    boost::system::error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    if (!no_address) co_return itself({address});
    // IPv4 first: what listens on a developer's machine mostly does so on 127.0.0.1 alone.
    if (is_localhost(host)) co_return itself({asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()});
    if (!is_host_name(host)) co_return fail(Errc::unresolved, fmt::format("\"{}\" is no host name", host));
    if (ends_in_number(host))
        co_return fail(Errc::unresolved,
                       fmt::format("\"{}\" is neither a name nor an address in the usual notation", host));

    const auto shared = shared_;
    if (const auto* kept = shared->cache.find(host, Clock::now())) co_return *kept;
    std::shared_ptr<Query> query;
    if (const auto under_way = shared->queries.find(host); under_way != shared->queries.end()) {
        query = under_way->second;
    } else {
        POSTHORN_CO_TRY(query, start_query(host));
    }
    if (!query->result) {
        const auto waiter = std::make_shared<Signal>(context_.get_executor());
        query->waiters.push_back(waiter);
        co_await waiter->wait_until(Clock::now() + shared->options.deadline);
        if (!query->result) {
            std::erase(query->waiters, waiter);
            co_return fail(Errc::timeout, fmt::format("no name server answered for {} in time", host));
        }
    }
    co_return *query->result;
}

}  // namespace

std::unique_ptr<Resolver> make_resolver(asio::io_context& context, ResolverOptions options) {
    return std::make_unique<CachingResolver>(context, std::move(options));
}

}  // namespace posthorn::io

#include "inspect/install_key_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "http/client.h"
#include "version.h"
#include "wire/printable.h"
#include "wire/url.h"

namespace posthorn::inspect {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKeptMax = 64;
constexpr std::size_t kUnderWayMax = 4;
constexpr auto kKeyFor = 1h;
constexpr auto kNothingFor = 1min;
constexpr std::chrono::milliseconds kTimeout = 3s;  // The host waits 10 s for the answer to its install call.
constexpr std::size_t kKidMax = 64;
constexpr std::size_t kPemMax = 16 * 1024;

/// Kids are UUIDs. Nothing else gets into a URL of ours.
bool is_kid(std::string_view text) {
    return !text.empty() && text.size() <= kKidMax && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    });
}

}  // namespace

InstallKeySource::InstallKeySource(const registry::Registry& registry, io::Dialer& dialer, std::string others)
    : registry_(registry), dialer_(dialer), others_(std::move(others)) {}

io::Task<InstallKeySource::Found> InstallKeySource::find(std::string kid) {
    Found found;
    const auto snapshot = registry_.snapshot();
    if (const auto* own = snapshot->find_install_key(kid)) {
        auto key = wire::RsaKey::from_public_pem(own->public_pem);
        if (key) found.key = *std::move(key);
        co_return found;
    }
    if (!is_kid(kid)) {
        found.why_not = "its kid is none of this server's install keys, and no kid of Atlassian's";
        co_return found;
    }
    const auto now = std::chrono::steady_clock::now();
    if (const auto kept = kept_.find(kid); kept != kept_.end()) {
        if (now < kept->second.at + (kept->second.found.key ? kKeyFor : kNothingFor)) co_return kept->second.found;
        kept_.erase(kept);
    }
    if (under_way_ >= kUnderWayMax) {
        found.why_not = "too many unknown install keys are being looked up; try again";
        co_return found;
    }
    struct Count {
        std::size_t& count;
        explicit Count(std::size_t& of) : count(of) { ++count; }
        ~Count() { --count; }
    };
    const Count counted(under_way_);
    found = co_await fetch(kid);
    if (kept_.size() >= kKeptMax)
        kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& e) { return e.second.at; }));
    kept_[kid] = {found, now};
    co_return found;
}

io::Task<InstallKeySource::Found> InstallKeySource::fetch(std::string kid) {
    Found found;
    const auto text = others_ + "/" + kid;
    const auto url = wire::parse_url(text);
    if (!url) {
        found.why_not = text + " is no URL";
        co_return found;
    }
    io::DialTarget target;
    target.is_https = url->scheme == wire::Scheme::https;
    target.host = url->host;
    target.port = url->port;
    target.connect_timeout = kTimeout;
    const std::vector<std::pair<std::string, std::string>> headers{{"User-Agent", "Posthorn/" POSTHORN_VERSION},
                                                                   {"Connection", "close"}};
    auto request = http::write_request("GET", url->target(), url->authority(), headers, "");
    http::AnswerLimits limits;
    limits.body_read_max = limits.body_kept_max = kPemMax;
    const auto fetched = co_await http::fetch(dialer_, std::move(target), std::move(request), kTimeout, limits);
    if (!fetched.answer) {
        found.why_not = fmt::format("it is none of this server's, and {} could not be asked: {}", text,
                                    wire::printable(fetched.failure.detail));
    } else if (fetched.answer->status != 200) {
        found.why_not = fmt::format("it is none of this server's, and {} answered {}", text, fetched.answer->status);
    } else if (auto key = wire::RsaKey::from_public_pem(fetched.answer->body)) {
        found.key = *std::move(key);
    } else {
        found.why_not = fmt::format("what {} answered is no public key", text);
    }
    co_return found;
}

}  // namespace posthorn::inspect

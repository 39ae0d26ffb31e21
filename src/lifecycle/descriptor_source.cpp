#include "lifecycle/descriptor_source.h"

#include <utility>

#include <fmt/format.h>

#include "http/client.h"
#include "lifecycle/call.h"
#include "lifecycle/problems.h"
#include "registry/descriptor.h"
#include "version.h"
#include "wire/url.h"

namespace posthorn::lifecycle {

io::Task<tl::expected<std::string, http::Problem>> fetch_descriptor(io::Dialer& dialer, std::string url,
                                                                    std::string ca_pem, Millis limit) {
    const auto parsed = wire::parse_url(url);
    if (!parsed) co_return tl::unexpected(descriptor_url_wrong(url, to_string(parsed.error())));
    if (parsed->has_user_info)
        // The URL is kept and shown, so it must not hold a password; the problem doesn't repeat it either.
        co_return tl::unexpected(descriptor_url_wrong(parsed->origin(), "it must not hold a user name or password"));

    io::DialTarget target;
    target.is_https = parsed->scheme == wire::Scheme::https;
    target.host = parsed->host;
    target.port = parsed->port;
    target.ca_pem = std::move(ca_pem);
    const std::vector<std::pair<std::string, std::string>> headers{
        {"Accept", "application/json"}, {"User-Agent", "Posthorn/" POSTHORN_VERSION}, {"Connection", "close"}};
    auto request = http::write_request("GET", parsed->target(), parsed->authority(), headers, "");
    http::AnswerLimits limits;
    limits.body_read_max = limits.body_kept_max = registry::kDescriptorBytesMax;
    limits.too_long_is_error = true;

    auto result = co_await call(dialer, std::move(target), std::move(request), limit, limits);
    if (result.is_too_large)
        result.failure.detail = fmt::format("A descriptor has at most {} bytes (1 MiB). {}",
                                            registry::kDescriptorBytesMax, result.failure.detail);
    if (!result.answer || result.answer->status != 200) co_return tl::unexpected(descriptor_unreachable(url, result));
    co_return std::move(result.answer->body);
}

}  // namespace posthorn::lifecycle

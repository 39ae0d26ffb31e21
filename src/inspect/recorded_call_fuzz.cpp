// Whatever a host sends: it is judged, its secret masked, and shown as JSON that can be read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "inspect/call_judge.h"
#include "inspect/foreign_json.h"
#include "inspect/recorded_call.h"
#include "wire/json.h"

namespace {

using namespace posthorn;

/// The next line of `rest`, which it is taken from.
std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    return line;
}

}  // namespace

// Target, Authorization and another header in a line each, then the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    inspect::RecordedCall call;
    call.method = "POST";
    call.target = take_line(rest);
    call.headers.emplace_back("Authorization", take_line(rest));
    call.headers.emplace_back("X-Atlassian-Webhook-Retry", take_line(rest));
    call.body = rest;
    static_cast<void>(inspect::retry_of(call));

    const auto masked = inspect::mask_secret(call.body);
    if (wire::check_json(call.body) && wire::JsonView(call.body).is_object()) {
        if (!wire::check_json(masked.body)) __builtin_trap();
        for (const auto& member : wire::JsonView(masked.body).members())
            if (member.key() == "sharedSecret" && !member.value.string_is("***")) __builtin_trap();
    } else if (masked.body != call.body) {
        __builtin_trap();
    }

    inspect::KnownSigner signer;
    signer.key.secret = "secret";
    signer.name = "shared secret";
    const auto judgement =
        inspect::judge(call, "https://a.example/inspector/1", signer, inspect::Audience::must_be_us, from_epoch_ms(0));
    const auto text = boost::json::serialize(inspect::full_json(judgement));
    boost::system::error_code error;
    boost::json::parse_options options;
    options.max_depth = 64;  // Claims may be as deep as Boost.JSON reads by itself, and ours adds a level.
    boost::json::parse(text, error, {}, options);
    if (error) __builtin_trap();
    const auto shown = inspect::shown_body(call.body);
    if (shown.encoding == "text" && shown.text != call.body) __builtin_trap();
    return 0;
}

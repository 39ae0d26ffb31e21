#pragma once
// What an operation answers when it could not be done.

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/problem_details.h"
#include "lifecycle/call.h"
#include "registry/finding.h"

namespace posthorn::lifecycle {

/// 422 "descriptor-wrong", with all faults. `url` is where it came from, empty if it was given.
http::Problem descriptor_wrong(const registry::Findings& faults, std::string_view url);

/// 422 "descriptor-wrong": its baseUrl is at this server's own public address.
http::Problem own_origin_refused(std::string_view url);

/// 422 "descriptor-unreachable": the answer's status or why there is none.
http::Problem descriptor_unreachable(std::string_view url, const CallResult& result);
/// The same, for a URL that is none.
http::Problem descriptor_url_wrong(std::string_view url, std::string_view why);

/// 422 "install-callback-failed" with the member `callbackStatus` or `failure`, and the first KiB of an answer that is
/// text in the detail. `consequence` is a sentence on what holds now.
http::Problem install_callback_failed(std::string_view url, const CallResult& result, std::string_view consequence);

/// 404: it is not installed (any more).
http::Problem not_installed(std::string_view addon_key);
/// 404: there never was such an installation, or it was removed.
http::Problem no_such_installation();
/// 409: another operation on this add-on is under way.
http::Problem busy(std::string_view addon_key);

/// Of the engine or the registry: conflict 409, not_found 404, full, timeout and io 503, others 500.
http::Problem problem_of(const Error& error);

}  // namespace posthorn::lifecycle

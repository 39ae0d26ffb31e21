#pragma once
// One call that our own receiver got, and what it thought of it.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/moment.h"
#include "program/terminal.h"
#include "sign/verification.h"

namespace posthorn::program {

struct ReceivedCall {
    enum class Kind : std::uint8_t { webhook, lifecycle };

    Kind kind = Kind::webhook;
    Moment at;
    std::string name;  ///< The event type, or "installed", "enabled", ...
    std::string method;
    std::string target;  ///< Path and query.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  ///< With the shared secret masked.
    sign::Verification verification;
    std::string signer;  ///< Who vouches for it: "shared secret", "install key 1234"; empty: nobody.
    unsigned answered = 0;

    std::string header(std::string_view name_wanted) const;
};

enum class Bodies : std::uint8_t { hidden, shown };

/// "20:14:00 ✔ jira:issue_created ... token ok ..." and, if asked for, the body.
void print_call(const ReceivedCall& call, Bodies bodies, const Paint& paint);

/// For --json.
boost::json::object to_json(const ReceivedCall& call);

}  // namespace posthorn::program

#pragma once
// What `posthorn serve` can be told: api.md, "The program".

#include <cstdint>
#include <string>
#include <vector>

#include "base/moment.h"

namespace posthorn::program {

enum class LogFormat { automatic, text, json };

struct ServeOptions {
    std::string listen = "localhost:8080";
    std::string data = "./posthorn-data";
    std::string store = "embedded";
    std::string public_url;  ///< Empty: from listen.
    bool dev = false;
    std::vector<std::string> allow_receiver;
    std::string ca_file;
    std::string tls_cert;
    std::string tls_key;
    std::string master_key_file;  ///< Empty: {data}/master.key.
    std::string admin_key_file;
    Millis retention = std::chrono::days(14);
    std::uint64_t store_limit = 0;  ///< Bytes; 0: none.
    std::uint64_t backlog_limit = 10'000'000;  ///< Deliveries.
    LogFormat log_format = LogFormat::automatic;
    Millis drain = std::chrono::seconds(10);
};

}  // namespace posthorn::program

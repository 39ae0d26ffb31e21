#pragma once
// What an inspector does with a call, on its store's thread: judge the token, take the secret, keep the call.

#include <optional>
#include <string>

#include "inspect/call_judge.h"
#include "inspect/inspector_tables.h"
#include "registry/sealing.h"

namespace posthorn::inspect {

/// A call as it came, with what the net thread found out about it.
struct IncomingCall {
    std::string inspector;  ///< Its id.
    std::string base_url;
    RecordedCall call;      ///< With the whole body.
    /// Of an RS256 token, by its kid.
    std::optional<wire::RsaKey> install_key;
    std::string why_no_key;
};

struct KeptCall {
    Inspector inspector;  ///< As it is now.
    std::uint16_t answer = 200;
    std::string why;  ///< For a person, when the answer is a refusal.
};

/// Any thread that owns `tables`. A secret is taken from an `installed`: the first one of a host whoever signed it,
/// another one only from a token of a known install key (connect.md section 7). Errors: those of `tables`.
Result<KeptCall> keep_call(InspectorTables& tables, const registry::MasterKey& master_key, IncomingCall incoming);

}  // namespace posthorn::inspect

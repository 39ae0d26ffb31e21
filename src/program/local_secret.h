#pragma once
// The secret that a program behind `posthorn listen` shares with it, and calls signed with it.

#include <string>

#include "program/received_call.h"

namespace posthorn::program {

/// Takes the place of the inspector's shared secret, which the server never shows: whoever checks tokens with this one
/// sees what he would see if a host called him. Made of the inspector's page secret, so it is the same whenever somebody
/// goes on with that inspector.
class LocalSecret {
public:
    explicit LocalSecret(const std::string& inspector_secret);

    /// 64 hexadecimal digits.
    const std::string& reveal() const { return secret_; }

    /// The call as it came, with this secret in place of a masked one, and a token of the shared secret that was judged
    /// valid signed anew: same claims, this secret. Other tokens stay: one of an install key, and one that is wrong.
    ReceivedCall put_into(ReceivedCall call) const;

private:
    std::string secret_;
};

}  // namespace posthorn::program

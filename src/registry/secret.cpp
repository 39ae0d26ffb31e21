#include "registry/secret.h"

#include <sodium.h>

#include "io/random.h"
#include "wire/base64.h"

namespace posthorn::registry {

namespace {

// A short string lives inside the object, so that moving one leaves a copy of its bytes behind: all of the
// capacity is wiped, not only what size() tells of.
void wipe_text(std::string& text) noexcept {
    text.resize(text.capacity());  // Within the capacity: allocates nothing.
    sodium_memzero(text.data(), text.size());
    text.clear();
}

}  // namespace

Secret::Secret(std::string&& bytes) : bytes_(bytes) { wipe_text(bytes); }

Secret Secret::copy_of(std::string_view bytes) {
    Secret secret;
    secret.bytes_ = bytes;
    return secret;
}

Secret::Secret(const Secret& other) : bytes_(other.bytes_) {}

Secret::Secret(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);
    other.wipe();
}

Secret& Secret::operator=(Secret other) noexcept {
    bytes_.swap(other.bytes_);  // What was here goes with `other`.
    return *this;
}

Secret::~Secret() { wipe(); }

void Secret::wipe() noexcept { wipe_text(bytes_); }

bool Secret::operator==(const Secret& other) const {
    return bytes_.size() == other.bytes_.size() &&
           sodium_memcmp(bytes_.data(), other.bytes_.data(), bytes_.size()) == 0;
}

Secret random_shared_secret() {
    Secret random(io::random_bytes(32));
    return Secret(wire::base64url_encode(random.reveal()));
}

}  // namespace posthorn::registry

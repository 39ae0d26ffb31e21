// The fixed words of the model's enumerations, as the API has them.

#include <array>

#include "model/delivery.h"
#include "model/event.h"

namespace posthorn::model {

namespace {

constexpr std::array<std::string_view, 2> kProducts = {"jira", "confluence"};
constexpr std::array<std::string_view, 5> kStates = {"pending", "retrying", "delivered", "dead", "cancelled"};
constexpr std::array<std::string_view, 6> kReasons = {"", "unsafe_url", "status", "gone", "exhausted", "deadline"};
constexpr std::array<std::string_view, 9> kFailures = {"",        "unresolved",      "address_forbidden",
                                                       "refused", "connect_timeout", "answer_timeout",
                                                       "tls",     "broken",          "unsafe_url"};

template <class Enum, std::size_t n>
std::optional<Enum> parse(const std::array<std::string_view, n>& words, std::string_view text) {
    for (std::size_t i = 0; i < n; ++i)
        if (words[i] == text && !text.empty()) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Product product) { return kProducts[static_cast<std::size_t>(product)]; }
std::string_view to_string(DeliveryState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view to_string(DeadReason reason) { return kReasons[static_cast<std::size_t>(reason)]; }
std::string_view to_string(Failure failure) { return kFailures[static_cast<std::size_t>(failure)]; }
std::optional<Product> parse_product(std::string_view text) { return parse<Product>(kProducts, text); }
std::optional<DeliveryState> parse_delivery_state(std::string_view text) { return parse<DeliveryState>(kStates, text); }

}  // namespace posthorn::model

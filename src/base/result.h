#pragma once
// How an operation says that it could not be done.

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace posthorn {

/// One code per thing that a caller would do differently.
enum class Errc {
    invalid,      ///< The input is malformed or breaks a rule; retrying the same input is of no use.
    not_found,    ///< The named thing does not exist.
    conflict,     ///< The thing is in a state that does not allow this, or exists already.
    forbidden,    ///< A rule or right forbids it (address rules, roles).
    too_large,    ///< A size limit was exceeded.
    full,         ///< A bounded queue, log or budget is full; try later.
    timeout,      ///< A deadline passed.
    refused,      ///< The other side refused the connection.
    unresolved,   ///< A host name has no address.
    broken,       ///< A connection broke, or the other side broke the protocol.
    tls,          ///< The TLS handshake or the certificate check failed.
    corrupt,      ///< Stored bytes fail their checksum or make no sense.
    io,           ///< The operating system refused a file or socket operation; `detail` has its words.
    unsupported,  ///< Made by a newer version, or not built into this program.
    cancelled,    ///< The work was stopped because its owner is going away.
};

/// What went wrong: `detail` is a sentence for a person that names the place and the remedy; `where`
/// is what it is about (a file, a JSON pointer, a host), may be empty.
struct Error {
    Errc code = Errc::invalid;
    std::string detail;
    std::string where = {};
};

/// "where: detail", or the detail alone.
inline std::string to_string(const Error& error) {
    return error.where.empty() ? error.detail : error.where + ": " + error.detail;
}

/// A value or an Error; must not be dropped. `Result<void>` is success or an Error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
    using tl::expected<T, Error>::expected;
    Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

/// A Result<T> that holds an error, for `return fail(Errc::invalid, "...")`.
inline Error fail(Errc code, std::string detail, std::string where = {}) {
    return Error{code, std::move(detail), std::move(where)};
}

}  // namespace posthorn

#define POSTHORN_CONCAT_INNER(a, b) a##b
#define POSTHORN_CONCAT(a, b) POSTHORN_CONCAT_INNER(a, b)

/// POSTHORN_TRY(const auto event, parse_event(body)); declares `event`, or returns the error.
#define POSTHORN_TRY(declaration, expression) \
    POSTHORN_TRY_INNER(declaration, expression, POSTHORN_CONCAT(posthorn_try_, __LINE__), return)
#define POSTHORN_CO_TRY(declaration, expression) \
    POSTHORN_TRY_INNER(declaration, expression, POSTHORN_CONCAT(posthorn_try_, __LINE__), co_return)
#define POSTHORN_TRY_INNER(declaration, expression, temporary, give_back) \
    auto temporary = (expression);                                        \
    if (!temporary) give_back std::move(temporary).error();               \
    declaration = *std::move(temporary)

/// POSTHORN_CHECK(write(file)); for a Result<void>: returns the error if there is one.
#define POSTHORN_CHECK(expression)                                                                         \
    do {                                                                                                   \
        if (auto posthorn_check = (expression); !posthorn_check) return std::move(posthorn_check).error(); \
    } while (false)
// The result is named before it is tested: g++ 12.2 miscompiles a co_await inside a condition.
#define POSTHORN_CO_CHECK(expression)                                     \
    do {                                                                  \
        auto posthorn_check = (expression);                               \
        if (!posthorn_check) co_return std::move(posthorn_check).error(); \
    } while (false)

#pragma once
// What all commands that talk to a server share: its options, its output, its failures.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "program/arguments.h"
#include "program/client.h"
#include "program/terminal.h"

namespace posthorn::program {

/// Exit codes: api.md, "The program".
enum ExitCode : int { kDone = 0, kRefused = 1, kWrongUsage = 2 };

/// The options of a command that talks to a server.
struct ClientOptions {
    std::string server;  ///< Empty: POSTHORN_SERVER, else http://127.0.0.1:8080.
    std::string ca_file;
    std::string tenant = "jira";
    bool json = false;
};

/// --server, --ca-file, --json.
void add_server_options(Arguments& arguments, ClientOptions& options);
/// The same and --tenant.
void add_tenant_options(Arguments& arguments, ClientOptions& options);

/// What a command works with once its arguments are read.
class ClientCommand {
public:
    /// Takes the key from POSTHORN_API_KEY. Errors: those of Client::make and Loop::make.
    static Result<ClientCommand> make(const ClientOptions& options);

    Client& client() { return client_; }
    Loop& loop() { return *loop_; }
    const ClientOptions& options() const { return options_; }
    const Paint& paint() const { return paint_; }

    /// "/api/v1/tenants/{tenant}" and `rest` behind it.
    std::string tenant_path(std::string_view rest) const;

    /// With --json the answer as it came, else `show` of it. Refusals: see fail_with.
    int call_and_show(const Call& call, const std::function<void(const json::value&)>& show);
    /// Prints a refusal: text on stderr, with --json the problem on stdout. Gives kRefused.
    int fail_with(const Refusal& refusal) const;
    void print_json(const json::value& value) const;

private:
    ClientCommand(ClientOptions options, std::unique_ptr<Loop> loop, Client client)
        : options_(std::move(options)), loop_(std::move(loop)), client_(std::move(client)) {}

    ClientOptions options_;
    std::unique_ptr<Loop> loop_;
    Client client_;
    Paint paint_ = Paint::for_stream(stdout);
};

/// Makes the command's surroundings and runs `action`; the exit code.
int with_client(const ClientOptions& options, const std::function<int(ClientCommand&)>& action);

/// "posthorn: ..." on stderr.
void print_error(std::string_view text);
/// Wrong usage: as print_error, and kWrongUsage.
int wrong_usage(std::string_view text);
/// Text and a line end on stdout.
void print_line(std::string_view text);

/// The file's bytes, or those of standard input for "-". Errors: those of read_file.
Result<std::string> read_input(const std::string& file, std::size_t bytes_max);

/// A member as text: a string's content, a number or bool as JSON; "" for null or a missing one.
std::string text_of(const json::value& object, std::string_view name);
/// A member that is an object, list or anything; null if missing.
const json::value& member_of(const json::value& object, std::string_view name);

}  // namespace posthorn::program

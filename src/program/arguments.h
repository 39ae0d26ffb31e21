#pragma once
// What a command takes on the command line: a narrow door to CLI11, which so is compiled once.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace posthorn::program {

enum class Need : std::uint8_t { optional, required };

/// One command while it is being described. A value; what it is told to fill must live until the action has run.
class Arguments {
public:
    /// A command below this one. `example` is shown by --help; several lines are several examples.
    Arguments command(const std::string& name, const std::string& about, const std::string& example);

    /// An option with one value: `names` is "--since" or "-f,--file", `value_name` what stands for the value in --help.
    void text(const std::string& names, std::string& into, const std::string& about, const std::string& value_name);
    void number(const std::string& names, std::optional<std::uint32_t>& into, const std::string& about);
    /// An option that may be given many times, one value each.
    void texts(const std::string& names, std::vector<std::string>& into, const std::string& about,
               const std::string& value_name);
    /// The same, but one option may have many values behind it. Not with positional arguments.
    void list(const std::string& names, std::vector<std::string>& into, const std::string& about,
              const std::string& value_name);
    void flag(const std::string& names, bool& into, const std::string& about);
    /// A flag that can be told from one that was not given; `--name=false` gives false.
    void flag(const std::string& names, std::optional<bool>& into, const std::string& about);
    /// A positional argument.
    void argument(const std::string& name, std::string& into, const std::string& about, Need need = Need::required);

    /// What the command does; gives the exit code.
    void action(std::function<int()> run);

private:
    friend class CommandLine;
    struct Shared;
    Arguments(CLI::App& app, std::shared_ptr<Shared> shared) : app_(&app), shared_(std::move(shared)) {}

    CLI::App* app_;
    std::shared_ptr<Shared> shared_;
};

/// The whole command line.
class CommandLine {
public:
    CommandLine(const std::string& name, const std::string& about, const std::string& example,
                const std::string& version);
    ~CommandLine();

    Arguments root();

    /// Reads the words behind the program's name and runs the command's action. Exit codes: what the action gives,
    /// 0 for help and version, 2 for wrong usage, which is told on stderr with a suggestion where a name is nearly
    /// right. `help COMMAND...` is `COMMAND... --help`.
    int run(std::vector<std::string> words);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace posthorn::program

#include "program/log.h"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/moment.h"
#include "program/terminal.h"
#include "wire/json_string.h"

namespace posthorn::program {

namespace {

bool g_is_json = false;  // Set once by start_log, before other threads log.

std::shared_ptr<spdlog::logger> make_logger(bool is_json) {
    if (is_json) {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_pattern("%v");
        return std::make_shared<spdlog::logger>("posthorn", std::move(sink));
    }
    auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(
        Paint::for_stream(stderr).has_colours() ? spdlog::color_mode::always : spdlog::color_mode::never);
    sink->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    return std::make_shared<spdlog::logger>("posthorn", std::move(sink));
}

spdlog::logger& logger() {
    static auto logger = make_logger(g_is_json);
    return *logger;
}

std::string json_line(std::string_view level, std::string_view text, const LogFacts& facts) {
    std::string line =
        "{\"time\":\"" + to_rfc3339(wall_now()) + "\",\"level\":\"" + std::string(level) + "\",\"message\":";
    wire::append_json_string(line, text);
    for (const auto& [name, value] : facts) {
        line += ',';
        wire::append_json_string(line, name);
        line += ':';
        wire::append_json_string(line, value);
    }
    return line + "}";
}

std::string text_line(std::string_view text, const LogFacts& facts) {
    std::string line = printable(text);
    for (const auto& [name, value] : facts) line += " " + std::string(name) + "=" + printable(value);
    return line;
}

void write(spdlog::level::level_enum level, std::string_view name, std::string_view text, const LogFacts& facts) {
    const auto line = g_is_json ? json_line(name, text, facts) : text_line(text, facts);
    logger().log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void start_log(LogFormat format) {
    g_is_json = format == LogFormat::json || (format == LogFormat::automatic && !is_terminal(stderr));
    logger().flush_on(spdlog::level::info);
}

void log_troubles_only() { logger().set_level(spdlog::level::warn); }

void log_info(std::string_view text, const LogFacts& facts) { write(spdlog::level::info, "info", text, facts); }
void log_warning(std::string_view text, const LogFacts& facts) { write(spdlog::level::warn, "warning", text, facts); }
void log_error(std::string_view text, const LogFacts& facts) { write(spdlog::level::err, "error", text, facts); }

}  // namespace posthorn::program

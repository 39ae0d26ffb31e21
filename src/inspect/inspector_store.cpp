#include "inspect/inspector_store.h"

#include <filesystem>
#include <utility>

#include <boost/asio/post.hpp>

#include "io/thread_class.h"

namespace posthorn::inspect {

namespace {

constexpr std::size_t kWaitingMax = 1024;

struct Loaded {
    InspectorTables tables;
    std::vector<Inspector> inspectors;
    std::vector<EndedInspector> ended;
};

Result<Loaded> load(const std::string& file, const InspectorLimits& limits) {
    POSTHORN_TRY(auto tables, InspectorTables::open(file, limits));
    POSTHORN_TRY(auto inspectors, tables.inspectors());
    POSTHORN_TRY(auto ended, tables.ended());
    return Loaded{std::move(tables), std::move(inspectors), std::move(ended)};
}

/// Out of the way, with what belongs to it.
void put_aside(const std::string& file) {
    std::error_code ignored;
    for (const auto* part : {"", "-wal", "-shm"})
        std::filesystem::rename(file + part, file + ".broken" + part, ignored);
}

}  // namespace

Result<InspectorStore::Opened> InspectorStore::open(const std::string& folder, const InspectorLimits& limits,
                                                    io::asio::io_context& net) {
    const auto file = folder + "/inspector.db";
    const auto opened_with = [&](Loaded loaded, std::string warning) {
        Opened opened;
        opened.inspectors = std::move(loaded.inspectors);
        opened.ended = std::move(loaded.ended);
        opened.warning = std::move(warning);
        opened.store.reset(new InspectorStore(std::move(loaded.tables), net));
        return opened;
    };
    auto loaded = load(file, limits);
    if (loaded) return opened_with(*std::move(loaded), "");
    auto warning = "the inspectors' file can't be used (" + to_string(loaded.error()) + "); it is now " + file +
                   ".broken, and all inspectors are gone";
    put_aside(file);
    POSTHORN_TRY(auto fresh, load(file, limits));
    return opened_with(std::move(fresh), std::move(warning));
}

InspectorStore::InspectorStore(InspectorTables tables, io::asio::io_context& net)
    : tables_(std::move(tables)), net_(net), waiting_(kWaitingMax), thread_([this] { loop(); }) {}

InspectorStore::~InspectorStore() { stop(); }

void InspectorStore::stop() {
    if (!thread_.joinable()) return;
    waiting_.close();
    thread_.join();
}

void InspectorStore::put(Work work) {
    if (waiting_.put(std::move(work))) return;
    // With the refusal that is in it: put() left it as it was. NOLINTNEXTLINE(bugprone-use-after-move)
    io::asio::post(net_, std::move(work.done));
}

void InspectorStore::loop() {
    io::set_thread("inspectors", io::ThreadClass::background);
    for (;;) {
        auto batch = waiting_.take_all();
        if (batch.empty()) return;
        for (auto& work : batch) {
            work.run(tables_);
            io::asio::post(net_, std::move(work.done));
        }
    }
}

}  // namespace posthorn::inspect

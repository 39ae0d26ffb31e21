// What a group costs on the disk under the temporary folder (TMPDIR chooses another).

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "io/file.h"
#include "journal/crc32c.h"
#include "journal/journal_log.h"
#include "journal/segment_format.h"

namespace posthorn::journal {
namespace {

std::string make_folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "posthorn-journal-XXXXXX";
    return ::mkdtemp(pattern.data());
}

/// Groups of range(0) records of 1 KiB, released at once; all segments are made beforehand.
void append_groups(benchmark::State& state) {
    const std::string folder = make_folder();
    {
        LogOptions options;
        options.segments_max = 2;
        auto log = *JournalLog::open(io::posix_disk(), folder + "/journal", options);
        const std::vector<Record> filler{{1, std::string(10u << 20, 'x')}};
        for (int i = 0; i < 4; ++i) log->release(*log->append(filler));

        const std::vector<Record> group(static_cast<std::size_t>(state.range(0)), Record{1, std::string(1024, 'x')});
        for (auto unused : state) {
            const auto last = log->append(group);
            if (!last) {
                state.SkipWithError(last.error().detail.c_str());
                break;
            }
            log->release(*last);
        }
        state.SetItemsProcessed(state.iterations() * state.range(0));
    }
    std::filesystem::remove_all(folder);
}
BENCHMARK(append_groups)->Arg(1)->Arg(10)->Arg(30)->Arg(100)->Arg(1000)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// The same without preallocated and recycled segments: a file that grows with each group.
void append_to_a_growing_file(benchmark::State& state) {
    const std::string folder = make_folder();
    {
        const auto file = *io::posix_disk().create(folder + "/growing", io::FileMode::owner_only);
        const std::string group(static_cast<std::size_t>(state.range(0)) * 1024, 'x');
        std::uint64_t at = 0;
        for (auto unused : state) {
            if (!file->write_at(at, group) || !file->sync()) state.SkipWithError("can't write");
            at += group.size();
        }
        state.SetItemsProcessed(state.iterations() * state.range(0));
    }
    std::filesystem::remove_all(folder);
}
BENCHMARK(append_to_a_growing_file)->Arg(1)->Arg(30)->UseRealTime()->Unit(benchmark::kMicrosecond);

void encode_a_group(benchmark::State& state) {
    const std::vector<Record> group(30, Record{1, std::string(1024, 'x')});
    std::string bytes;
    for (auto unused : state) {
        encode_group(1, 1, group, bytes);
        benchmark::DoNotOptimize(bytes.data());
    }
    state.SetBytesProcessed(state.iterations() * 30 * 1024);
}
BENCHMARK(encode_a_group);

void read_a_segment(benchmark::State& state) {
    const std::string folder = make_folder();
    {
        LogOptions options;
        options.segments_max = 2;
        auto log = *JournalLog::open(io::posix_disk(), folder + "/journal", options);
        const std::vector<Record> group(1000, Record{1, std::string(1024, 'x')});
        for (int i = 0; i < 10; ++i) (void)log->append(group).value();
        for (auto unused : state) {
            LogReader reader = log->reader();
            for (Sequence next = 1; next <= log->durable();) next += reader.read(next, 1u << 20)->records.size();
        }
        state.SetItemsProcessed(state.iterations() * 10'000);
    }
    std::filesystem::remove_all(folder);
}
BENCHMARK(read_a_segment)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace posthorn::journal

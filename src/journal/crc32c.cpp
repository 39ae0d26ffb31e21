#include "journal/crc32c.h"

#include <cstddef>
#include <cstring>

#include <boost/crc.hpp>

namespace posthorn::journal {

std::uint32_t crc32c_by_table(std::string_view bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

#if defined(__x86_64__)
namespace {

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes) {
    std::uint64_t crc = 0xFFFFFFFF;
    const char* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    auto narrow = static_cast<std::uint32_t>(crc);
    for (; left > 0; ++at, --left) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
    return ~narrow;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
    static const bool has_instruction = __builtin_cpu_supports("sse4.2");
    return has_instruction ? crc32c_by_instruction(bytes) : crc32c_by_table(bytes);
}
#else
std::uint32_t crc32c(std::string_view bytes) { return crc32c_by_table(bytes); }
#endif

}  // namespace posthorn::journal

#include "page/page_files.h"

#include <algorithm>
#include <cstddef>
#include <vector>

// web/embed.mjs packs all files into one, which the assembler takes in as it is: a literal would compile slowly.
__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    ".global posthorn_page_bytes\n"
    "posthorn_page_bytes:\n"
    ".incbin \"" POSTHORN_PAGE_BYTES
    "\"\n"
    ".popsection\n");

extern "C" const char posthorn_page_bytes[];

namespace posthorn::page {

namespace {

struct Place {
    std::size_t at;
    std::size_t size;
};

struct Packed {
    std::string_view path;
    std::string_view type;
    std::string_view etag;
    Place plain;
    Place gzip;
    Place brotli;
};

constexpr Packed kPacked[] = {
#include "page/page_files.inc"
};

std::string_view bytes_of(Place place) { return {posthorn_page_bytes + place.at, place.size}; }

std::string_view smaller(Place packed, Place plain) { return packed.size < plain.size ? bytes_of(packed) : ""; }

}  // namespace

std::span<const PageFile> page_files() {
    static const auto files = [] {
        std::vector<PageFile> made;
        for (const auto& file : kPacked)
            made.push_back({file.path, file.type, file.etag, bytes_of(file.plain), smaller(file.gzip, file.plain),
                            smaller(file.brotli, file.plain)});
        return made;
    }();
    return files;
}

const PageFile* find_page_file(std::string_view path) {
    const auto files = page_files();
    const auto found = std::ranges::find(files, path, &PageFile::path);
    return found == files.end() ? nullptr : &*found;
}

}  // namespace posthorn::page

#pragma once
// The files of the page in web/, as the build made them, embedded in the program.

#include <span>
#include <string_view>

namespace posthorn::page {

/// One file in the forms in which it can be sent. All views are of the program's own read-only data.
struct PageFile {
    std::string_view path;  ///< As in an address: "/assets/index-B1gs9d.js".
    std::string_view type;  ///< Content-Type.
    std::string_view etag;  ///< Of the plain bytes, without quotes.
    std::string_view plain;
    std::string_view gzip;    ///< Empty where it would not be smaller.
    std::string_view brotli;  ///< Empty where it would not be smaller.

    /// Whether its name changes with its content, so that a browser need never ask for it again.
    bool is_immutable() const { return path.starts_with("/assets/"); }
};

std::span<const PageFile> page_files();

/// Null: there is no such file.
const PageFile* find_page_file(std::string_view path);

}  // namespace posthorn::page

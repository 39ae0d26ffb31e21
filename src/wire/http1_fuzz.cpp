// Requests, responses and chunked bodies: no crash, and a split of the bytes changes nothing.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/http1.h"

namespace {

using namespace posthorn::wire;

template <class Parser>
void check_head(std::string_view bytes, std::size_t cut) {
    Parser whole({});
    const Progress progress = whole.parse(bytes);
    Parser split({});
    Progress progress_split = split.parse(bytes.substr(0, cut));
    if (progress_split == Progress::incomplete) progress_split = split.parse(bytes);
    if (progress != progress_split) std::abort();
    if (progress != Progress::complete) return;
    if (whole.head_bytes() != split.head_bytes()) std::abort();
    for (const Header& header : whole.head().headers) {
        if (!is_safe_header_value(header.value) || header.name.empty()) std::abort();
        if (header.name.data() < bytes.data()) std::abort();
        if (header.value.data() + header.value.size() > bytes.data() + bytes.size()) std::abort();
    }
}

std::string read_chunks(std::string_view bytes, std::size_t cut) {
    ChunkedReader reader;
    std::string data;
    std::size_t taken = 0;
    for (const std::size_t end : {cut, bytes.size()}) {
        for (;;) {
            if (taken > end) break;
            ChunkedReader::Piece piece;
            const Progress progress = reader.read(bytes.substr(taken, end - taken), piece);
            data += piece.data;
            taken += piece.taken;
            if (progress == Progress::complete) return data + "|" + std::to_string(taken);
            if (progress == Progress::refused) return "refused";
            if (piece.data.empty()) break;
        }
    }
    return data + "|incomplete";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = size == 0 ? 0 : (size * 7 + data[size / 2]) % size;
    check_head<RequestParser>(bytes, cut);
    check_head<ResponseParser>(bytes, cut);
    if (read_chunks(bytes, cut) != read_chunks(bytes, size)) std::abort();
    const auto body = bytes.find("\r\n\r\n");
    if (body != std::string_view::npos) (void)read_chunks(bytes.substr(body + 4), 0);
    return 0;
}

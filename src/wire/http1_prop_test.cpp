#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/http1.h"

namespace posthorn::wire {
namespace {

// All that a parser says of a head, as text, so that two readings can be compared.
template <class Parser>
std::string told(const Parser& parser, Progress progress) {
    std::ostringstream out;
    out << static_cast<int>(progress) << '|';
    if (progress == Progress::refused) out << parser.fault().status << parser.fault().detail;
    if (progress == Progress::complete) {
        out << parser.head_bytes() << '|' << parser.head().keep_alive << '|' << parser.head().is_chunked << '|'
            << parser.head().content_length.value_or(0);
        for (const Header& header : parser.head().headers) out << '|' << header.name << '=' << header.value;
    }
    return out.str();
}

// Reads `bytes` as they would come in pieces, each time in a block of its own.
template <class Parser>
std::string read_in_pieces(const std::string& bytes, const std::vector<std::size_t>& cuts) {
    Parser parser({});
    for (const std::size_t cut : cuts) {
        const std::string block = bytes.substr(0, std::min(cut, bytes.size()));
        const Progress progress = parser.parse(block);
        if (progress != Progress::incomplete) return told(parser, progress);
    }
    const Progress progress = parser.parse(bytes);
    return told(parser, progress);
}

std::vector<std::size_t> some_cuts(std::size_t size) {
    auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, size + 1));
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

std::string some_request() {
    const auto token = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
    const auto value = rc::gen::container<std::string>(rc::gen::inRange('!', '~'));
    std::string bytes = *rc::gen::element<std::string>("GET", "POST", "OPTIONS") + " /" + *token + " HTTP/1." +
                        *rc::gen::element<std::string>("0", "1") + "\r\nHost: a\r\n";
    const int headers = *rc::gen::inRange(0, 5);
    for (int i = 0; i < headers; ++i) bytes += "X-" + *token + ": " + *value + "\r\n";
    bytes += *rc::gen::element<std::string>("", "Content-Length: 7\r\n", "Transfer-Encoding: chunked\r\n",
                                            "Content-Length: 1\r\nContent-Length: 1\r\n", "Bad header\r\n",
                                            " folded\r\n", "Connection: close\r\n", "X: y\n");
    return bytes + "\r\nrest";
}

RC_GTEST_PROP(Http1Property, AnySplitOfARequestGivesTheSameHead, ()) {
    const std::string bytes = some_request();
    RC_ASSERT(read_in_pieces<RequestParser>(bytes, some_cuts(bytes.size())) ==
              read_in_pieces<RequestParser>(bytes, {}));
}

RC_GTEST_PROP(Http1Property, AnySplitOfAResponseGivesTheSameHead, ()) {
    std::string bytes = some_request();
    const std::string line = *rc::gen::element<std::string>("HTTP/1.1 200 OK", "HTTP/1.1 204", "HTTP/1.0 999 x");
    bytes = line + bytes.substr(bytes.find('\r'));
    RC_ASSERT(read_in_pieces<ResponseParser>(bytes, some_cuts(bytes.size())) ==
              read_in_pieces<ResponseParser>(bytes, {}));
}

RC_GTEST_PROP(Http1Property, AnySplitOfAChunkedBodyGivesTheSameData, ()) {
    std::string bytes;
    std::string all;
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
    for (const std::string& piece : pieces) {
        append_chunk(bytes, piece);
        all += piece;
    }
    bytes += *rc::gen::element<std::string>("0\r\n\r\n", "0;a=b\r\nX: y\r\n\r\n", "000\r\n\r\n");
    auto cuts = some_cuts(bytes.size());
    cuts.push_back(bytes.size());

    ChunkedReader reader;
    std::string data;
    std::size_t taken = 0;
    Progress progress = Progress::incomplete;
    for (const std::size_t cut : cuts) {
        const std::string block = bytes.substr(taken, cut < taken ? 0 : cut - taken);
        std::size_t at = 0;
        while (progress == Progress::incomplete) {
            ChunkedReader::Piece piece;
            progress = reader.read(std::string_view(block).substr(at), piece);
            data += piece.data;
            at += piece.taken;
            if (piece.data.empty()) break;
        }
        taken += at;
    }
    RC_ASSERT(progress == Progress::complete);
    RC_ASSERT(data == all);
    RC_ASSERT(taken == bytes.size());
}

}  // namespace
}  // namespace posthorn::wire

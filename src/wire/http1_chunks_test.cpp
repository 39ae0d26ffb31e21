#include <gtest/gtest.h>

#include "wire/http1.h"

namespace posthorn::wire {
namespace {

struct Read {
    Progress progress = Progress::incomplete;
    std::string data;
    std::size_t taken = 0;
};

Read read_all(std::string_view bytes) {
    ChunkedReader reader;
    Read read;
    for (;;) {
        ChunkedReader::Piece piece;
        read.progress = reader.read(bytes.substr(read.taken), piece);
        read.data += piece.data;
        read.taken += piece.taken;
        if (read.progress != Progress::incomplete || piece.data.empty()) return read;
    }
}

TEST(ChunkedReaderTest, JoinsTheChunks) {
    const Read read = read_all("3\r\nabc\r\nA;x=y;z=\"q\"\r\n0123456789\r\n0\r\n\r\nnext");
    EXPECT_EQ(read.progress, Progress::complete);
    EXPECT_EQ(read.data, "abc0123456789");
    EXPECT_EQ(read.taken, std::string_view("3\r\nabc\r\nA;x=y;z=\"q\"\r\n0123456789\r\n0\r\n\r\n").size());
}

TEST(ChunkedReaderTest, ReadsWhatTheWriterWrites) {
    std::string bytes;
    append_chunk(bytes, "hello");
    append_chunk(bytes, std::string(5000, 'x'));
    bytes += kLastChunk;
    const Read read = read_all(bytes);
    EXPECT_EQ(read.progress, Progress::complete);
    EXPECT_EQ(read.data, "hello" + std::string(5000, 'x'));
}

TEST(ChunkedReaderTest, DropsTrailers) {
    const Read read = read_all("1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n");
    EXPECT_EQ(read.progress, Progress::complete);
    EXPECT_EQ(read.data, "a");
}

TEST(ChunkedReaderTest, WaitsForTheEndOfAnEmptyBody) {
    const std::string_view body = "0\r\n\r\n";
    ChunkedReader reader;
    ChunkedReader::Piece piece;
    for (std::size_t size = 1; size < body.size(); ++size) {
        EXPECT_EQ(reader.read(body.substr(0, size), piece), Progress::incomplete) << size;
        EXPECT_EQ(piece.taken, 0u) << size;
    }
    EXPECT_EQ(reader.read(body, piece), Progress::complete);
}

TEST(ChunkedReaderTest, RefusesMalformedChunks) {
    for (const char* bytes :
         {"x\r\n", "\r\n", "-1\r\n", "+1\r\n", "0x1\r\na\r\n\r\n", "1\r\nab\r\n0\r\n", "1\r\na\n0\r\n\r\n",
          "11111111111111111\r\n", "1 2\r\n", "1;\r\na\r\n", "1;=\r\n", "1\ra\r\n", "1;a=\"\n\"\r\na\r\n0\r\n\r\n",
          "1\na\r\n0\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
          "0\r\nbad trailer\r\n\r\n"}) {
        EXPECT_EQ(read_all(bytes).progress, Progress::refused) << bytes;
    }
}

TEST(ChunkedReaderTest, RefusesExtensionsThatOutweighTheData) {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += "1;" + std::string(400, 'e') + "\r\nx\r\n";
    EXPECT_EQ(read_all(bytes).progress, Progress::refused);
    EXPECT_EQ(read_all("1;" + std::string(20'000, 'e')).progress, Progress::refused);
    EXPECT_EQ(read_all("0\r\nX: " + std::string(20'000, 'e')).progress, Progress::refused);
}

TEST(ChunkedReaderTest, AcceptsManySmallChunks) {
    std::string bytes;
    for (int i = 0; i < 10'000; ++i) bytes += "1\r\nx\r\n";
    bytes += kLastChunk;
    const Read read = read_all(bytes);
    EXPECT_EQ(read.progress, Progress::complete);
    EXPECT_EQ(read.data.size(), 10'000u);
}

TEST(WriterTest, WritesHeads) {
    std::string out;
    append_status_line(out, 404);
    append_header(out, "A", "b");
    append_header(out, "Content-Length", std::uint64_t{18'446'744'073'709'551'615u});
    EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nA: b\r\nContent-Length: 18446744073709551615\r\n");
    out.clear();
    append_status_line(out, 799);
    EXPECT_EQ(out, "HTTP/1.1 799 \r\n");
}

TEST(WriterTest, KeepsTheDateForASecond) {
    DateLine date;
    const std::string first(date.at(784'111'777));
    EXPECT_EQ(first, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
    EXPECT_EQ(date.at(784'111'778), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

TEST(WriterTest, KnowsValuesThatWouldBreakAHead) {
    EXPECT_TRUE(is_safe_header_value("a\tb \x80"));
    EXPECT_FALSE(is_safe_header_value("a\rb"));
    EXPECT_FALSE(is_safe_header_value("a\nb"));
    EXPECT_FALSE(is_safe_header_value(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace posthorn::wire

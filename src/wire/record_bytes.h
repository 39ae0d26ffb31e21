#pragma once
// The parts of docs/formats/records.md: how numbers and texts lie in a record's bytes.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/moment.h"

namespace posthorn::wire {

/// Moments have a magnitude below this many milliseconds, so that arithmetic on them can't overflow.
inline constexpr std::int64_t kMomentMax = std::int64_t{1} << 53;

/// Appends parts to a string that it borrows.
class RecordWriter {
public:
    explicit RecordWriter(std::string& bytes) : bytes_(bytes) {}

    void byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }

    void id(std::uint64_t value) {
        char place[8];
        for (int i = 0; i < 8; ++i) place[i] = static_cast<char>(value >> (8 * i));
        bytes_.append(place, sizeof place);
    }

    void number(std::uint64_t value) {
        char place[10];
        std::size_t size = 0;
        for (; value >= 0x80; value >>= 7) place[size++] = static_cast<char>(value | 0x80);
        place[size++] = static_cast<char>(value);
        bytes_.append(place, size);
    }

    void signed_number(std::int64_t value) {
        number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
    }

    void moment(Moment at) { signed_number(epoch_ms(at)); }

    void text(std::string_view value) {
        number(value.size());
        bytes_.append(value);
    }

    void rest(std::string_view value) { bytes_.append(value); }

private:
    std::string& bytes_;
};

/// Takes parts from bytes that it borrows. After the first part that is not there, or is not what the format allows,
/// every further part is empty and `ok()` is false, so that a caller checks once at the end.
class RecordReader {
public:
    explicit RecordReader(std::string_view bytes) : bytes_(bytes) {}

    bool ok() const { return ok_; }
    bool is_at_end() const { return bytes_.empty(); }
    void refuse() {
        ok_ = false;
        bytes_ = {};
    }

    std::uint8_t byte() {
        if (bytes_.empty()) return refuse(), std::uint8_t{0};
        const auto value = static_cast<std::uint8_t>(bytes_.front());
        bytes_.remove_prefix(1);
        return value;
    }

    std::uint64_t id() {
        if (bytes_.size() < 8) return refuse(), 0;
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i)
            value |= std::uint64_t{static_cast<std::uint8_t>(bytes_[static_cast<std::size_t>(i)])} << (8 * i);
        bytes_.remove_prefix(8);
        return value;
    }

    std::uint64_t number(std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            const auto next = byte();
            // The tenth byte has room for one bit; a last byte of 0 would be a longer form of the same number.
            if ((shift == 63 && next > 1) || (shift > 0 && next == 0)) break;
            value |= std::uint64_t{next & 0x7fU} << shift;
            if (next < 0x80) return ok_ && value <= max ? value : (refuse(), 0);
        }
        return refuse(), 0;
    }

    std::int64_t signed_number(std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                               std::int64_t max = std::numeric_limits<std::int64_t>::max()) {
        const auto zigzag = number();
        const auto value = static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
        return value >= min && value <= max ? value : (refuse(), 0);
    }

    Moment moment() { return from_epoch_ms(signed_number(1 - kMomentMax, kMomentMax - 1)); }

    std::string_view text() {
        const auto size = number();
        if (size > bytes_.size()) return refuse(), std::string_view{};
        const auto value = bytes_.substr(0, static_cast<std::size_t>(size));
        bytes_.remove_prefix(value.size());
        return value;
    }

    std::string_view rest() { return std::exchange(bytes_, {}); }

    /// The number of elements of a list whose elements have at least `element_bytes_min` bytes each; a count that
    /// the bytes there can't hold is refused, so that it is safe to reserve for it.
    std::size_t count(std::size_t element_bytes_min) {
        const auto value = number();
        if (value > bytes_.size() / element_bytes_min) return refuse(), 0;
        return static_cast<std::size_t>(value);
    }

    /// An enumerator from 0 to `last`.
    template <class Enum>
    Enum enumerator(Enum last) {
        const auto value = byte();
        if (value > static_cast<std::uint8_t>(last)) refuse();
        return ok_ ? static_cast<Enum>(value) : Enum{};
    }

private:
    std::string_view bytes_;
    bool ok_ = true;
};

}  // namespace posthorn::wire

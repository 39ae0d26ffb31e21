#pragma once
// Bytes that came in and wait to be read.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "base/assert.h"

namespace posthorn::http {

/// A block of memory with the waiting bytes in its middle. Nothing moves but in make_room and rewind.
class InputBuffer {
public:
    explicit InputBuffer(std::size_t capacity)
        : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

    std::string_view data() const { return {bytes_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }

    /// The first `count` bytes are done with; they stay where they are.
    void take(std::size_t count) {
        POSTHORN_ASSERT(count <= size());
        begin_ += count;
    }

    /// Where the next bytes can be put: all that is free behind the waiting ones; may be empty.
    boost::asio::mutable_buffer tail() { return {bytes_.get() + end_, capacity_ - end_}; }
    std::size_t tail_size() const { return capacity_ - end_; }
    void filled(std::size_t count) { end_ += count; }

    /// Where the waiting bytes begin, for `rewind`.
    std::size_t position() const { return begin_; }
    /// Moves the waiting bytes back to `position`, which makes the tail longer; what lies before it stays.
    void rewind(std::size_t position) {
        if (position == begin_) return;
        std::memmove(bytes_.get() + position, bytes_.get() + begin_, size());
        end_ = position + size();
        begin_ = position;
    }

    /// Moves the waiting bytes to the front, into a larger block if needed, so that the tail has `count` bytes.
    void make_room(std::size_t count) {
        if (size() + count > capacity_) {
            const std::size_t capacity = std::max(capacity_ * 2, size() + count);
            auto larger = std::make_unique_for_overwrite<char[]>(capacity);
            std::memcpy(larger.get(), bytes_.get() + begin_, size());
            bytes_ = std::move(larger);
            capacity_ = capacity;
            end_ = size();
            begin_ = 0;
        } else {
            rewind(0);
        }
    }

    /// When nothing waits: a block of exactly `capacity`, none for 0, so that an idle connection is small.
    void shrink(std::size_t capacity) {
        if (!empty()) return;
        begin_ = end_ = 0;
        if (capacity_ == capacity) return;
        bytes_ = capacity == 0 ? nullptr : std::make_unique_for_overwrite<char[]>(capacity);
        capacity_ = capacity;
    }

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace posthorn::http

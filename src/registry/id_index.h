#pragma once
// Shared values by their id, in blocks that copies of the index share until one of them changes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace posthorn::registry {

/// Finds by id in constant time. Copying costs a pointer per 256 ids, changing one value afterwards one block:
/// that is what makes the next snapshot of a large registry cheap.
template <class T>
class IdIndex {
public:
    const std::shared_ptr<const T>& find(std::uint64_t id) const {
        static const std::shared_ptr<const T> kNone;
        const auto block = id / kBlockSize;
        return block < blocks_.size() && blocks_[block] ? (*blocks_[block])[id % kBlockSize] : kNone;
    }

    /// Null removes. `id` is small: there is a pointer for each 256 ids up to the highest.
    void put(std::uint64_t id, std::shared_ptr<const T> value) {
        const auto block = id / kBlockSize;
        if (block >= blocks_.size()) {
            if (!value) return;
            blocks_.resize(block + 1);
        }
        auto& place = blocks_[block];
        // A block that this index alone holds may be changed where it is. The index that this one was copied
        // from must still be there, or the count could fall to one while another thread reads the block.
        if (!place) place = std::make_shared<Block>();
        else if (place.use_count() > 1) place = std::make_shared<Block>(*place);
        (*place)[id % kBlockSize] = std::move(value);
    }

    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& block : blocks_) {
            if (!block) continue;
            for (const auto& value : *block)
                if (value) visit(value);
        }
    }

private:
    static constexpr std::size_t kBlockSize = 256;
    using Block = std::array<std::shared_ptr<const T>, kBlockSize>;

    std::vector<std::shared_ptr<Block>> blocks_;
};

}  // namespace posthorn::registry

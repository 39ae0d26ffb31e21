#pragma once
// Taking turns: a queue of those that can go next, each in it once.

#include "base/assert.h"

namespace posthorn::engine {

/// Intrusive: T derives from Turn<T>::Place and is in at most one Turn at a time. Nothing is allocated, and leaving from
/// the middle takes constant time. Whoever is in it must leave before its end.
template <class T>
class Turn {
public:
    class Place {
    public:
        bool is_listed() const { return turn_ != nullptr; }

    private:
        friend class Turn;
        Turn* turn_ = nullptr;
        T* before_ = nullptr;
        T* behind_ = nullptr;
    };

    bool empty() const { return first_ == nullptr; }

    /// Only one that is in none.
    void push_back(T& one) {
        Place& place = one;
        POSTHORN_ASSERT(!place.is_listed());
        place.turn_ = this;
        place.before_ = last_;
        place.behind_ = nullptr;
        (last_ == nullptr ? first_ : place_of(*last_).behind_) = &one;
        last_ = &one;
    }

    T& pop_front() {
        POSTHORN_ASSERT(first_ != nullptr);
        T& one = *first_;
        leave(one);
        return one;
    }

    /// Takes it out of the Turn that it is in, if any.
    static void leave(T& one) {
        Place& place = one;
        if (place.turn_ == nullptr) return;
        Turn& turn = *place.turn_;
        (place.before_ == nullptr ? turn.first_ : place_of(*place.before_).behind_) = place.behind_;
        (place.behind_ == nullptr ? turn.last_ : place_of(*place.behind_).before_) = place.before_;
        place = {};
    }

private:
    static Place& place_of(T& one) { return one; }

    T* first_ = nullptr;
    T* last_ = nullptr;
};

}  // namespace posthorn::engine

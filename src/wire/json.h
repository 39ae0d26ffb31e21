#pragma once
// JSON looked at without taking it apart: a check of the whole text, then views of its tokens as written.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/json_string.h"

namespace posthorn::wire {

/// Objects and lists inside each other, at most.
inline constexpr std::size_t kJsonDepthMax = 512;

/// Whether `text` is one JSON value by RFC 8259, in UTF-8, with whitespace around it at most. Numbers of any
/// size and escapes of lone surrogates (truncating programs write them) are fine, for the bytes are only
/// passed on. Errors: invalid; the detail says "line 3, column 7: ..." and what is wrong. Any thread.
Result<void> check_json(std::string_view text);

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

struct JsonMember;
class JsonMembers;
class JsonElements;

/// One value inside text that check_json has accepted; undefined for other text. Holds two pointers into
/// the text, which must outlive it. Finding something scans the text, nothing is kept. Any thread.
class JsonView {
public:
    /// The literal null.
    JsonView();
    /// The value that `checked` holds.
    explicit JsonView(std::string_view checked);

    JsonKind kind() const;
    bool is_object() const { return kind() == JsonKind::object; }
    bool is_array() const { return kind() == JsonKind::array; }
    bool is_string() const { return kind() == JsonKind::string; }
    bool is_null() const { return kind() == JsonKind::null; }

    /// The value's bytes as they stand in the text, a string with its quotes.
    std::string_view raw() const;

    /// A string's content in UTF-8, escapes undone, a lone surrogate as U+FFFD. Only for strings.
    std::string string() const;
    /// The same without a copy, if the string holds no escape. Only for strings.
    std::optional<std::string_view> plain_string() const;
    /// Whether this is a string with the content `text`.
    bool string_is(std::string_view text) const;

    /// The value of true or false; nothing for other kinds.
    std::optional<bool> boolean() const;
    /// A number that is a whole one without fraction and exponent and fits; nothing for others.
    std::optional<std::int64_t> integer() const;
    /// A number's nearest double (infinite when too big); nothing for other kinds.
    std::optional<double> number() const;

    /// The members of an object in their order; none for other kinds.
    JsonMembers members() const;
    /// The elements of a list in their order; none for other kinds.
    JsonElements elements() const;
    /// Members or elements; 0 for other kinds.
    std::size_t size() const;

    /// The value of the first member whose decoded key is `key`; nothing if there is none or this is no
    /// object.
    std::optional<JsonView> find(std::string_view key) const;
    /// The value at a JSON pointer (RFC 6901), "/issue/key"; "" is this value.
    std::optional<JsonView> at_pointer(std::string_view pointer) const;

    /// Where the value starts; for telling its offset in the text.
    const char* begin() const { return begin_; }

private:
    friend class JsonMembers;
    friend class JsonElements;
    friend class JsonFields;
    JsonView(const char* begin, const char* limit) : begin_(begin), limit_(limit) {}
    // What one step of a JSON pointer leads to.
    std::optional<JsonView> child(std::string_view step) const;

    const char* begin_;  // The value's first byte.
    const char* limit_;  // The end of the checked text, or of the value: at any rate not before it.
};

/// A member of an object.
struct JsonMember {
    std::string_view raw_key;  ///< As written, without the quotes, escapes not undone.
    JsonView value;

    std::string key() const;
    bool key_is(std::string_view text) const;
};

/// `for (const JsonMember& member : view.members())`.
class JsonMembers {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = JsonMember;
        using difference_type = std::ptrdiff_t;
        using pointer = const JsonMember*;
        using reference = const JsonMember&;

        Iterator() = default;
        const JsonMember& operator*() const { return member_; }
        const JsonMember* operator->() const { return &member_; }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

    private:
        friend class JsonMembers;
        Iterator(const char* key_or_close, const char* limit);
        void read();
        const char* at_ = nullptr;  // The key's opening quote; null at the end.
        const char* limit_ = nullptr;
        JsonMember member_;
    };
    Iterator begin() const { return Iterator(at_, limit_); }
    Iterator end() const { return {}; }

private:
    friend class JsonView;
    JsonMembers(const char* at, const char* limit) : at_(at), limit_(limit) {}
    const char* at_;
    const char* limit_;
};

/// `for (JsonView element : view.elements())`.
class JsonElements {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = JsonView;
        using difference_type = std::ptrdiff_t;
        using pointer = const JsonView*;
        using reference = const JsonView&;

        Iterator() = default;
        const JsonView& operator*() const { return element_; }
        const JsonView* operator->() const { return &element_; }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

    private:
        friend class JsonElements;
        Iterator(const char* value_or_close, const char* limit);
        const char* at_ = nullptr;  // The element's first byte; null at the end.
        const char* limit_ = nullptr;
        JsonView element_;
    };
    Iterator begin() const { return Iterator(at_, limit_); }
    Iterator end() const { return {}; }

private:
    friend class JsonView;
    JsonElements(const char* at, const char* limit) : at_(at), limit_(limit) {}
    const char* at_;
    const char* limit_;
};

/// Appends `name` as a step of a JSON pointer: "/" and the name with ~ and / escaped.
void append_pointer_step(std::string& pointer, std::string_view name);

}  // namespace posthorn::wire

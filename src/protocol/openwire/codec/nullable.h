#pragma once

#include "bytes/buffer.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::openwire {

/// A nullable string in modified UTF-8 that belongs to somebody else. Null and empty differ.
class Text {
public:
    constexpr Text() = default;
    constexpr Text(std::string_view text)
        : data_(text.data() == nullptr ? "" : text.data()), size_(text.size()) {}
    constexpr Text(const char* text) : Text(std::string_view(text)) {}
    Text(const std::string& text) : Text(std::string_view(text)) {}

    [[nodiscard]] constexpr bool is_null() const { return data_ == nullptr; }
    /// The text; empty for null.
    [[nodiscard]] constexpr std::string_view view() const { return {data_, size_}; }

    constexpr bool operator==(const Text& other) const {
        return is_null() == other.is_null() && view() == other.view();
    }

private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Nullable bytes that belong to somebody else. Null and empty differ.
class ByteArray {
public:
    constexpr ByteArray() = default;
    ByteArray(Bytes bytes) : text_(as_text(bytes)) {}
    ByteArray(const Buffer& buffer) : ByteArray(buffer.bytes()) {}

    [[nodiscard]] constexpr bool is_null() const { return text_.is_null(); }
    /// The bytes; none for null.
    [[nodiscard]] Bytes view() const { return as_bytes(text_.view()); }

    bool operator==(const ByteArray&) const = default;

private:
    Text text_;
};

/// A nullable T on the heap, copied and compared by content: for fields that are rarely there, and
/// for structures that contain their own kind.
template <class T>
class Box {
public:
    using value_type = T;

    Box() = default;
    Box(const T& value) { copy(value); }
    Box(T&& value) { emplace() = std::move(value); }
    Box(Box&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
    Box(const Box& other) {
        if (other) copy(*other.value_);
    }
    Box& operator=(Box other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Box() { reset(); }

    [[nodiscard]] bool has_value() const { return value_ != nullptr; }
    explicit operator bool() const { return has_value(); }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }
    T* operator->() { return value_; }
    const T* operator->() const { return value_; }

    T& emplace();
    void reset() {
        if (value_ != nullptr) destroy();
    }
    bool operator==(const Box& other) const;

private:
    void copy(const T& value);
    void destroy();

    T* value_ = nullptr;
};

// Outside the class, so that a Box of a type that is still unknown can be declared with
// `extern template class`.
template <class T>
T& Box<T>::emplace() {
    reset();
    value_ = new T();
    return *value_;
}

template <class T>
void Box<T>::copy(const T& value) {
    value_ = new T(value);
}

template <class T>
void Box<T>::destroy() {
    delete std::exchange(value_, nullptr);
}

template <class T>
bool Box<T>::operator==(const Box& other) const {
    if (value_ == nullptr || other.value_ == nullptr) return value_ == other.value_;
    return *value_ == *other.value_;
}

/// A nullable array of nullable elements: `Element` is a std::optional or a Box.
template <class Element>
using Array = Box<std::vector<Element>>;

/// Any structure at all; commands.h says which there are.
struct Object;
extern template class Box<Object>;

}  // namespace tern::openwire

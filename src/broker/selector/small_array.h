#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

namespace tern::selector {

/// An array of a size known at construction; up to kInline elements lie in the object itself. Costs
/// what the elements in use cost, not what there is room for.
template <class T, std::size_t kInline>
class SmallArray {
    static_assert(std::is_trivially_destructible_v<T>);

public:
    explicit SmallArray(std::size_t size) : data_(std::launder(reinterpret_cast<T*>(inline_))) {
        if (size > kInline) {
            heap_ = std::make_unique<T[]>(size);
            data_ = heap_.get();
        } else {
            std::uninitialized_value_construct_n(data_, size);
        }
    }
    SmallArray(const SmallArray&) = delete;
    SmallArray& operator=(const SmallArray&) = delete;

    [[nodiscard]] T* data() { return data_; }
    [[nodiscard]] T& operator[](std::size_t index) { return data_[index]; }

private:
    alignas(T) std::byte inline_[kInline * sizeof(T)];
    std::unique_ptr<T[]> heap_;
    T* data_;
};

}  // namespace tern::selector

#pragma once

#include <boost/container/deque.hpp>

#include <algorithm>
#include <cstddef>

namespace tern {

/// A deque that takes no memory before something is in it. That of the standard library takes half
/// a kilobyte at once, which counts where each connection has several that mostly stay empty.
template <class T>
using FrugalDeque = boost::container::deque<T>;

template <class T, class Unwanted>
std::size_t erase_if(FrugalDeque<T>& all, const Unwanted& unwanted) {
    const auto rest = std::ranges::remove_if(all, unwanted);
    const std::size_t count = rest.size();
    all.erase(rest.begin(), rest.end());
    return count;
}

}  // namespace tern

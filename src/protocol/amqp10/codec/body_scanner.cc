#include "protocol/amqp10/codec/body_scanner.h"

#include "protocol/amqp10/codec/descriptors.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

constexpr auto kFooter = static_cast<std::uint64_t>(Descriptor::footer);

bool is_body_section(std::uint64_t code) {
    return code >= static_cast<std::uint64_t>(Descriptor::data) && code <= kFooter;
}

}  // namespace

Result<void> BodyScanner::take(Bytes piece) {
    while (!piece.empty()) {
        if (left_ > 0) {
            const std::size_t count = std::min<std::uint64_t>(left_, piece.size());
            left_ -= count;
            piece = piece.subspan(count);
            continue;
        }
        const std::size_t before = head_bytes_;
        const std::size_t count = std::min(piece.size(), head_.size() - before);
        std::ranges::copy(piece.first(count), head_.begin() + static_cast<std::ptrdiff_t>(before));
        head_bytes_ += count;
        const auto head = find_section_head(Bytes(head_).first(head_bytes_));
        if (!head) return failure(head.error());
        if (!*head) {
            if (head_bytes_ == head_.size()) return failure(Errc::malformed);
            return {};
        }
        // What was gathered before was no head by itself: this one ends in the piece.
        piece = piece.subspan((*head)->bytes - before);
        head_bytes_ = 0;
        if (auto begun = begin_section(**head); !begun) return begun;
    }
    return {};
}

Result<void> BodyScanner::begin_section(const SectionHead& head) {
    if (!is_body_section(head.code) || !head.right_type) return failure(Errc::unexpected);
    const bool may_follow = last_ == 0 || (head.code == kFooter && last_ != kFooter) ||
                            (head.code == last_ && may_repeat(head.code));
    if (!may_follow) return failure(Errc::bad_order);
    last_ = head.code;
    left_ = head.content;
    return {};
}

}  // namespace tern::amqp10

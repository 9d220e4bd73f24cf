#include "runtime/sealed/sealed_content.h"

#include "base/log.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace tern {
namespace {

/// Slots are read and written so many at a time.
constexpr std::uint64_t kSlotsAtOnce = 64;

std::uint64_t pages_of(std::uint64_t bytes) {
    return (bytes + kPageBytes - 1) / kPageBytes;
}

std::uint32_t length_in(std::uint64_t page, std::uint64_t size) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(kPageBytes, size - page * kPageBytes));
}

}  // namespace

class SealedContent::Input {
public:
    explicit Input(std::span<const Bytes> parts) : parts_(parts) {
        for (const Bytes part : parts) left_ += part.size();
    }
    [[nodiscard]] std::uint64_t left() const { return left_; }

    void take(std::span<std::uint8_t> into) {
        left_ -= into.size();
        while (!into.empty()) {
            const Bytes rest = parts_.front().subspan(done_);
            const std::size_t some = std::min(rest.size(), into.size());
            std::copy_n(rest.begin(), some, into.begin());
            into = into.subspan(some);
            done_ += some;
            if (done_ < parts_.front().size()) continue;
            parts_ = parts_.subspan(1);
            done_ = 0;
        }
    }

private:
    std::span<const Bytes> parts_;
    std::size_t done_ = 0;  // of the first part
    std::uint64_t left_ = 0;
};

// ---- what is there

SealedContent::SealedContent(std::unique_ptr<File> base, std::string name, Known known, Begin begin,
                             Draw draw)
    : base_(std::move(base)),
      name_(std::move(name)),
      known_(std::move(known)),
      begin_(std::move(begin)),
      draw_(std::move(draw)) {
    if (known_.header) cipher_.emplace(known_.key);
}

Result<std::shared_ptr<SealedContent>> SealedContent::open(std::unique_ptr<File> base,
                                                           std::string name, Known known,
                                                           Begin begin, Draw draw) {
    std::shared_ptr<SealedContent> content(new SealedContent(
        std::move(base), std::move(name), std::move(known), std::move(begin), std::move(draw)));
    if (!content->cipher_) return content;
    if (auto done = content->find_spares(); !done) return failure(done.error());
    if (auto done = content->find_size(); !done) return failure(done.error());
    return content;
}

/// Those that have the newest version of a page.
Result<void> SealedContent::find_spares() {
    std::vector<std::uint8_t> slots(kSpareSlots * kSlotBytes);
    const auto got = base_->read_at(spare_offset(0), slots);
    if (!got) return failure(got.error());
    for (std::size_t i = 0; i < *got / kSlotBytes; ++i) {
        const std::uint8_t* const slot = slots.data() + i * kSlotBytes;
        const SlotHead head = decode_slot_head(slot);
        SealedPage page;
        if (!tern::open(*cipher_, head, slot, page.content.data())) {
            tell_if_wrong(spare_offset(i), Bytes(slot, kSlotBytes));
            continue;
        }
        page.number = head.page;
        page.version = head.version;
        page.length = head.length;
        SealedPage home;
        if (auto done = read_home(page.number, home); !done) return done;
        SpareSlot& spare = spares_.at(i);
        spare.page = std::move(page);
        if (home.version > spare.page.version) continue;
        SpareSlot* const other = newest_spare(spare.page.number);
        if (other != nullptr && other->page.version > spare.page.version) continue;
        if (other != nullptr) other->state = SpareSlot::State::free;
        spare.state = SpareSlot::State::kept;
    }
    return {};
}

Result<void> SealedContent::find_size() {
    const auto size = base_->size();
    if (!size) return failure(size.error());
    size_ = 0;
    std::uint64_t pages = *size <= kHomeAt ? 0 : (*size - kHomeAt + kSlotBytes - 1) / kSlotBytes;
    // The last one's own slot may have been lost, if a sync failed.
    for (const SpareSlot& spare : spares_) {
        if (spare.is_newest()) pages = std::max(pages, spare.page.number + 1);
    }
    if (pages == 0) return {};
    if (pages > kPagesMax) return failure(std::make_error_code(std::errc::file_too_large));
    if (auto done = load(pages - 1); !done) return done;
    size_ = (pages - 1) * kPageBytes + tail_->length;
    return {};
}

SpareSlot* SealedContent::newest_spare(std::uint64_t page) {
    const auto found = std::ranges::find_if(spares_, [page](const SpareSlot& spare) {
        return spare.is_newest() && spare.page.number == page;
    });
    return found == spares_.end() ? nullptr : &*found;
}

Result<void> SealedContent::read_home(std::uint64_t number, SealedPage& page) {
    std::array<std::uint8_t, kSlotBytes> slot;
    const auto got = base_->read_at(home_of(number), slot);
    if (!got) return failure(got.error());
    open_page(number, Bytes(slot).first(*got), page);
    return {};
}

void SealedContent::open_page(std::uint64_t number, Bytes slot, SealedPage& page) {
    page.number = number;
    page.version = 0;
    page.length = kPageBytes;
    if (slot.size() == kSlotBytes) {
        const SlotHead head = decode_slot_head(slot.data());
        const bool right =
            head.page == number && tern::open(*cipher_, head, slot.data(), page.content.data());
        if (right) {
            page.version = head.version;
            page.length = head.length;
            return;
        }
    }
    tell_if_wrong(home_of(number), slot);
    std::ranges::fill(page.content, std::uint8_t{0});
}

/// Whoever reads the file sees an older version of the page, or zeros, and may take what was cut
/// off by it for something that had never been written.
void SealedContent::tell_if_wrong(std::uint64_t offset, Bytes slot) {
    const bool empty = std::ranges::all_of(slot, [](std::uint8_t byte) { return byte == 0; });
    if (empty || std::exchange(told_, true)) return;
    log::warning("disk",
                 "{}: what lies at {} cannot be decrypted: it was being written when the power "
                 "failed, or something has changed it",
                 name_, offset);
}

/// Makes it the tail.
Result<void> SealedContent::load(std::uint64_t number) {
    if (tail_ && tail_->number == number) return {};
    if (!tail_) tail_.emplace();
    if (const SpareSlot* const spare = newest_spare(number)) {
        *tail_ = spare->page;
        return {};
    }
    auto done = read_home(number, *tail_);
    if (!done) tail_.reset();
    return done;
}

Result<std::uint64_t> SealedContent::size() {
    const std::lock_guard lock(mutex_);
    return size_;
}

Result<std::size_t> SealedContent::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
    const std::lock_guard lock(mutex_);
    if (offset >= size_) return 0;
    into = into.first(std::min<std::uint64_t>(into.size(), size_ - offset));
    std::vector<std::uint8_t> slots;
    SealedPage page;
    for (std::size_t done = 0; done < into.size();) {
        const std::uint64_t first = (offset + done) / kPageBytes;
        const std::uint64_t last = (offset + into.size() - 1) / kPageBytes;
        const std::uint64_t count = std::min(last - first + 1, kSlotsAtOnce);
        slots.resize(count * kSlotBytes);
        const auto got = base_->read_at(home_of(first), slots);
        if (!got) return failure(got.error());
        const Bytes read = Bytes(slots).first(*got);
        for (std::uint64_t i = 0; i < count; ++i) {
            const SealedPage* from = &page;
            if (tail_ && tail_->number == first + i) {
                from = &*tail_;
            } else if (const SpareSlot* const spare = newest_spare(first + i)) {
                from = &spare->page;
            } else {
                const std::size_t at = std::min<std::size_t>(read.size(), i * kSlotBytes);
                open_page(first + i, read.subspan(at, std::min(read.size() - at, kSlotBytes)),
                          page);
            }
            const std::size_t begin = (offset + done) % kPageBytes;
            const std::size_t some = std::min(kPageBytes - begin, into.size() - done);
            std::copy_n(from->content.begin() + static_cast<std::ptrdiff_t>(begin), some,
                        into.begin() + static_cast<std::ptrdiff_t>(done));
            done += some;
        }
    }
    return into.size();
}

// ---- who writes

/// An epoch is on the medium before anything is written in it, so that no version or nonce comes
/// twice, whatever was lost.
Result<void> SealedContent::begin_to_write() {
    if (lost_) return failure(std::make_error_code(std::errc::io_error));
    if (writing_) return {};
    if (!known_.header) {
        known_ = begin_();
        cipher_.emplace(known_.key);
        for (std::size_t place = 0; place < kSealedHeaderPlaces; ++place) {
            if (auto done = write_header(place); !done) return done;
        }
        if (auto done = sync_base(); !done) return done;
        salt_ = draw_();
    } else {
        if (auto done = write_again(); !done) return done;
        if (auto done = next_epoch(); !done) return done;
    }
    writing_ = true;
    return {};
}

/// If a sync failed in an earlier process, the newest version of a page may be in the system's
/// memory only, and be taken for written. The same bytes once more do no harm wherever they are
/// torn, and with the next sync the version before is needed no more.
Result<void> SealedContent::write_again() {
    for (std::size_t i = 0; i < spares_.size(); ++i) {
        const SpareSlot& spare = spares_.at(i);
        if (spare.page.version == 0) continue;
        const std::uint64_t at = spare.is_newest() ? spare_offset(i) : home_of(spare.page.number);
        if (auto done = copy_slot(at); !done) return done;
    }
    return {};
}

Result<void> SealedContent::next_epoch() {
    if (known_.header->epoch == std::numeric_limits<std::uint32_t>::max()) {
        return failure(std::make_error_code(std::errc::value_too_large));
    }
    // An earlier process may have left this one, as well as pages, in the system's memory only.
    if (auto done = write_header(known_.header->epoch % kSealedHeaderPlaces); !done) return done;
    if (auto done = sync_base(); !done) return done;
    ++known_.header->epoch;
    if (auto done = write_header(known_.header->epoch % kSealedHeaderPlaces); !done) return done;
    if (auto done = sync_base(); !done) return done;
    salt_ = draw_();
    writes_ = 0;
    return {};
}

Result<void> SealedContent::write_header(std::size_t place) {
    const auto encoded = encode(*known_.header);
    return base_->write_at(place * kSealedHeaderPlaceBytes, std::array{Bytes(encoded)});
}

// ---- writing

Result<void> SealedContent::write_at(std::uint64_t offset, std::span<const Bytes> parts) {
    const std::lock_guard lock(mutex_);
    Input input(parts);
    if (input.left() == 0) return {};
    if (pages_of(offset + input.left()) > kPagesMax) {
        return failure(std::make_error_code(std::errc::file_too_large));
    }
    if (auto done = begin_to_write(); !done) return done;
    before_.clear();
    auto done = write_pages(offset, input);
    if (!done) look_again();
    return done;
}

Result<void> SealedContent::write_pages(std::uint64_t offset, Input& input) {
    size_ = std::max(size_, offset + input.left());
    Run run;
    while (input.left() != 0) {
        const std::uint64_t number = offset / kPageBytes;
        const std::size_t from = offset % kPageBytes;
        const std::size_t bytes = std::min<std::uint64_t>(kPageBytes - from, input.left());
        if (auto done = write_page(number, from, bytes, input, run); !done) return done;
        offset += bytes;
    }
    if (auto done = bring_home(run, tail_->number); !done) return done;
    return flush(run);
}

/// After a write that failed only the disk knows which page is where.
void SealedContent::look_again() {
    if (lost_) return;
    const auto done = restore();
    if (!done) log::error("disk", "an encrypted file is lost: {}", done.error().message());
    lost_ = !done;
}

Result<void> SealedContent::restore() {
    writing_ = false;
    tail_.reset();
    unsynced_.clear();
    std::ranges::fill(spares_, SpareSlot());
    if (auto done = find_spares(); !done) return done;
    if (auto done = find_size(); !done) return done;
    // Of a page that was to be changed in part, the rest has been written before, and succeeded.
    for (const SealedPage& page : std::exchange(before_, {})) {
        if (auto done = load(page.number); !done) return done;
        if (tail_->content == page.content) continue;
        tail_->content = page.content;
        size_ = std::max(size_, page.number * kPageBytes + page.length);
        tail_->length = length_in(page.number, size_);
        Run run;
        if (auto done = begin_to_write(); !done) return done;
        if (auto done = store_tail(run); !done) return done;
        if (auto done = flush(run); !done) return done;
    }
    return {};
}

Result<void> SealedContent::write_page(std::uint64_t number, std::size_t from, std::size_t bytes,
                                       Input& input, Run& run) {
    if (bytes == kPageBytes) {
        std::vector<std::uint8_t> content(kPageBytes);
        input.take(content);
        return write_whole(number, std::move(content), run);
    }
    if (auto done = load(number); !done) return done;
    before_.push_back(*tail_);
    input.take(std::span(tail_->content).subspan(from, bytes));
    tail_->length = length_in(number, size_);
    return store_tail(run);
}

/// Nothing of what was there is needed, unless it is what is written: who writes something once
/// more must not lose it.
Result<void> SealedContent::write_whole(std::uint64_t number, std::vector<std::uint8_t> content,
                                        Run& run) {
    if (!unsynced_.contains(number)) {
        if (auto done = load(number); !done) return done;
        if (tail_->version != 0 && tail_->content == content) {
            if (tail_->length == kPageBytes) return write_same(number, run);
            tail_->length = kPageBytes;
            return store_tail(run);
        }
    }
    if (!tail_) tail_.emplace();
    tail_->number = number;
    tail_->length = kPageBytes;
    tail_->content = std::move(content);
    return store_home(*tail_, run);
}

/// The same bytes in the same place do no harm wherever they are torn.
Result<void> SealedContent::write_same(std::uint64_t number, Run& run) {
    if (auto done = flush(run); !done) return done;
    const SpareSlot* const spare = newest_spare(number);
    const std::uint64_t at = spare == nullptr
                                 ? home_of(number)
                                 : spare_offset(static_cast<std::size_t>(spare - spares_.data()));
    return copy_slot(at);
}

Result<void> SealedContent::copy_slot(std::uint64_t at) {
    std::array<std::uint8_t, kSlotBytes> slot;
    const auto got = base_->read_at(at, slot);
    if (!got) return failure(got.error());
    return base_->write_at(at, std::array{Bytes(slot).first(*got)});
}

/// Writes a page to where it does not overwrite what was synced.
Result<void> SealedContent::store_tail(Run& run) {
    const std::uint64_t number = tail_->number;
    SpareSlot* spare = newest_spare(number);
    const bool at_home = spare == nullptr && tail_->version != 0;
    if (at_home && !unsynced_.contains(number)) {
        const auto taken = take_spare(run);
        if (!taken) return failure(taken.error());
        spare = *taken;
    } else if (spare == nullptr || spare->state == SpareSlot::State::kept) {
        return store_home(*tail_, run);
    }
    spare->page = *tail_;
    return store_spare(*spare, run);
}

Result<void> SealedContent::store_home(SealedPage& page, Run& run) {
    unsynced_.insert(page.number);
    if (auto done = seal_into(run, home_of(page.number), page); !done) return done;
    if (SpareSlot* const spare = newest_spare(page.number))
        spare->state = SpareSlot::State::outdated;
    return {};
}

Result<void> SealedContent::store_spare(SpareSlot& spare, Run& run) {
    const auto at = static_cast<std::size_t>(&spare - spares_.data());
    if (auto done = seal_into(run, spare_offset(at), spare.page); !done) return done;
    spare.state = SpareSlot::State::fresh;
    return {};
}

Result<void> SealedContent::seal_into(Run& run, std::uint64_t offset, SealedPage& page) {
    const bool last_of_epoch = writes_ == std::numeric_limits<std::uint32_t>::max();
    const bool follows = offset == run.offset + run.slots.size();
    if (last_of_epoch || !follows || run.slots.size() >= kSlotsAtOnce * kSlotBytes) {
        if (auto done = flush(run); !done) return done;
        run.offset = offset;
    }
    if (last_of_epoch) {
        if (auto done = next_epoch(); !done) return done;
    }
    page.version = std::uint64_t{known_.header->epoch} << 32 | ++writes_;
    const SlotHead head{.salt = salt_,
                        .version = page.version,
                        .page = static_cast<std::uint32_t>(page.number),
                        .length = page.length,
                        .tag = {}};
    run.slots.resize(run.slots.size() + kSlotBytes);
    seal(*cipher_, head, page.content.data(), run.slots.data() + run.slots.size() - kSlotBytes);
    return {};
}

Result<void> SealedContent::flush(Run& run) {
    if (run.slots.empty()) return {};
    auto done = base_->write_at(run.offset, std::array{Bytes(run.slots)});
    run.slots.clear();
    return done;
}

/// One that nobody needs any more.
Result<SpareSlot*> SealedContent::take_spare(Run& run) {
    for (;;) {
        const auto free = std::ranges::find(spares_, SpareSlot::State::free, &SpareSlot::state);
        if (free != spares_.end()) return &*free;
        // What a sync does not free becomes synced by it, and can be brought home then.
        if (auto done = bring_home(run, kPagesMax); !done) return failure(done.error());
        if (auto done = flush(run); !done) return failure(done.error());
        if (auto done = sync_base(); !done) return failure(done.error());
    }
}

/// Synced pages that nobody writes to any more leave their spare slots.
Result<void> SealedContent::bring_home(Run& run, std::uint64_t except) {
    for (SpareSlot& spare : spares_) {
        if (spare.state != SpareSlot::State::kept || spare.page.number == except) continue;
        if (auto done = store_home(spare.page, run); !done) return done;
    }
    return {};
}

Result<void> SealedContent::sync() {
    const std::lock_guard lock(mutex_);
    return sync_base();
}

Result<void> SealedContent::sync_base() {
    if (lost_) return failure(std::make_error_code(std::errc::io_error));
    if (auto done = base_->sync(); !done) {
        lost_ = true;  // a later one would succeed, and prove nothing
        return done;
    }
    unsynced_.clear();
    for (SpareSlot& spare : spares_) {
        if (spare.state == SpareSlot::State::outdated) spare.state = SpareSlot::State::free;
        if (spare.state == SpareSlot::State::fresh) spare.state = SpareSlot::State::kept;
    }
    return {};
}

// ---- another size

Result<void> SealedContent::truncate(std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    if (size == size_) return {};
    if (pages_of(size) > kPagesMax) {
        return failure(std::make_error_code(std::errc::file_too_large));
    }
    if (auto done = begin_to_write(); !done) return done;
    before_.clear();
    auto done = cut(size);
    if (!done) look_again();
    return done;
}

Result<void> SealedContent::cut(std::uint64_t size) {
    const std::uint64_t pages = pages_of(size);
    if (auto done = forget_spares_from(pages); !done) return done;
    if (auto done = base_->truncate(home_of(pages)); !done) return done;
    std::erase_if(unsynced_, [pages](std::uint64_t page) { return page >= pages; });
    if (tail_ && tail_->number >= pages) tail_.reset();
    size_ = size;
    if (pages == 0) return {};
    if (auto done = load(pages - 1); !done) return done;
    const std::uint32_t length = length_in(pages - 1, size);
    if (tail_->length == length) return {};
    tail_->length = length;
    std::fill(tail_->content.begin() + length, tail_->content.end(), std::uint8_t{0});
    Run run;
    if (auto done = store_tail(run); !done) return done;
    return flush(run);
}

/// Pages that are cut off must not come back when the file grows over them.
Result<void> SealedContent::forget_spares_from(std::uint64_t page) {
    const std::vector<std::uint8_t> zeros(kSlotBytes);
    bool any = false;
    for (std::size_t i = 0; i < spares_.size(); ++i) {
        SpareSlot& spare = spares_.at(i);
        if (spare.page.version == 0 || spare.page.number < page) continue;
        if (auto done = base_->write_at(spare_offset(i), std::array{Bytes(zeros)}); !done) {
            return done;
        }
        spare = SpareSlot();
        any = true;
    }
    return any ? sync_base() : Result<void>();
}

}  // namespace tern

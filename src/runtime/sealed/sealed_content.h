#pragma once

#include "runtime/disk.h"
#include "runtime/sealed/sealed_format.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace tern {

/// A page of a file, decrypted.
struct SealedPage {
    std::uint64_t number = 0;
    std::uint64_t version = 0;  ///< 0: it was never written
    std::uint32_t length = kPageBytes;
    std::vector<std::uint8_t> content = std::vector<std::uint8_t>(kPageBytes);
};

/// A spare slot, and the page that it has.
struct SpareSlot {
    enum class State : std::uint8_t {
        free,
        fresh,     ///< the newest version of its page, not synced
        kept,      ///< the newest, and synced
        outdated,  ///< there is a newer one, which is not synced
    };
    State state = State::free;
    SealedPage page;

    [[nodiscard]] bool is_newest() const { return state == State::fresh || state == State::kept; }
};

/// The content of a file whose pages lie encrypted in another one.
///
/// A page has a slot of its own. What has been synced must survive a write that is torn, and a page
/// changes as a whole even if a single byte of it does: one that was synced is written to a spare
/// slot then, and the next time, once that is synced, to its own again. A page that is overwritten
/// from one end to the other needs no such care, unless it is with what it has. The newest version
/// of a page that can be read counts; a page that cannot be read at all is zeros, as one that was
/// never written.
///
/// From any thread.
class SealedContent {
public:
    /// Of a file that has no header yet, or `header` with a key made of it.
    struct Known {
        std::optional<SealedHeader> header;
        SecretKey key;
    };
    /// What is needed to begin a file: the key is made of the header.
    using Begin = std::function<Known()>;
    using Draw = std::function<std::uint64_t()>;

    /// `name`: of the file, for the log.
    [[nodiscard]] static Result<std::shared_ptr<SealedContent>> open(std::unique_ptr<File> base,
                                                                     std::string name, Known known,
                                                                     Begin begin, Draw draw);

    // As those of `File`.
    [[nodiscard]] Result<void> write_at(std::uint64_t offset, std::span<const Bytes> parts);
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into);
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<std::uint64_t> size();
    [[nodiscard]] Result<void> truncate(std::uint64_t size);

private:
    /// Slots that lie one behind the other, to be written at once.
    struct Run {
        std::uint64_t offset = 0;
        std::vector<std::uint8_t> slots;
    };
    /// A cursor over the parts that are to be written.
    class Input;

    SealedContent(std::unique_ptr<File> base, std::string name, Known known, Begin begin,
                  Draw draw);
    [[nodiscard]] Result<void> find_spares();
    [[nodiscard]] Result<void> find_size();

    [[nodiscard]] Result<void> begin_to_write();
    [[nodiscard]] Result<void> write_again();
    [[nodiscard]] Result<void> write_header(std::size_t place);
    [[nodiscard]] Result<void> next_epoch();

    [[nodiscard]] SpareSlot* newest_spare(std::uint64_t page);
    [[nodiscard]] Result<void> read_home(std::uint64_t number, SealedPage& page);
    void open_page(std::uint64_t number, Bytes slot, SealedPage& page);
    void tell_if_wrong(std::uint64_t offset, Bytes slot);
    [[nodiscard]] Result<void> load(std::uint64_t number);
    [[nodiscard]] Result<void> write_pages(std::uint64_t offset, Input& input);
    void look_again();
    [[nodiscard]] Result<void> restore();
    [[nodiscard]] Result<void> write_whole(std::uint64_t number, std::vector<std::uint8_t> content,
                                           Run& run);
    [[nodiscard]] Result<void> write_same(std::uint64_t number, Run& run);
    [[nodiscard]] Result<void> copy_slot(std::uint64_t at);
    [[nodiscard]] Result<void> write_page(std::uint64_t number, std::size_t from, std::size_t bytes,
                                          Input& input, Run& run);
    [[nodiscard]] Result<void> store_tail(Run& run);
    [[nodiscard]] Result<void> store_home(SealedPage& page, Run& run);
    [[nodiscard]] Result<void> store_spare(SpareSlot& spare, Run& run);
    [[nodiscard]] Result<void> seal_into(Run& run, std::uint64_t offset, SealedPage& page);
    [[nodiscard]] Result<void> flush(Run& run);
    [[nodiscard]] Result<SpareSlot*> take_spare(Run& run);
    [[nodiscard]] Result<void> bring_home(Run& run, std::uint64_t except);
    [[nodiscard]] Result<void> sync_base();
    [[nodiscard]] Result<void> cut(std::uint64_t size);
    [[nodiscard]] Result<void> forget_spares_from(std::uint64_t page);

    std::mutex mutex_;
    std::unique_ptr<File> base_;
    const std::string name_;
    bool told_ = false;  ///< that a slot is not right
    Known known_;
    Begin begin_;
    Draw draw_;
    std::optional<PageCipher> cipher_;
    bool writing_ = false;
    bool lost_ = false;  ///< what it has is unknown: a sync failed
    std::uint64_t salt_ = 0;
    std::uint32_t writes_ = 0;  ///< in this epoch
    std::uint64_t size_ = 0;
    std::vector<SpareSlot> spares_ = std::vector<SpareSlot>(kSpareSlots);
    /// Whose own slots were written since the last sync.
    std::unordered_set<std::uint64_t> unsynced_;
    /// The page that was changed last in parts, most often the file's last.
    std::optional<SealedPage> tail_;
    /// Pages as they were before the write that is under way changed a part of them.
    std::vector<SealedPage> before_;
};

}  // namespace tern

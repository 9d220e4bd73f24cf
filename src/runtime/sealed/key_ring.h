#pragma once

#include "runtime/disk.h"
#include "runtime/random.h"
#include "runtime/sealed/key_provider.h"
#include "runtime/sealed/key_ring_format.h"

#include <optional>
#include <vector>

namespace tern {

/// The keys that the files of a directory are encrypted with, which lie wrapped in a file of that
/// directory (docs/formats/sealed.md). New files get the last one.
class KeyRing {
public:
    using State = StoredKeys::State;
    static constexpr const char* kFile = "store.keys";

    /// What the directory has, without unwrapping any of it; nothing: it has none.
    [[nodiscard]] static std::expected<std::optional<StoredKeys>, std::string> stored(Disk& disk);
    /// The error says which key is needed if it is not the provider's.
    [[nodiscard]] static std::expected<KeyRing, std::string> unwrap(const StoredKeys& stored,
                                                                    KeyProvider& provider);
    /// Makes them last, wrapped by `provider`.
    [[nodiscard]] std::expected<void, std::string> write(Disk& disk, KeyProvider& provider,
                                                         State state) const;
    /// Removes them: without them, what is encrypted is lost.
    [[nodiscard]] static std::expected<void, std::string> remove(Disk& disk);

    /// For what is written from now on.
    void add(Random& random);
    void drop_all_but_last();

    struct Entry {
        std::uint32_t number = 0;
        SecretKey key;
    };
    [[nodiscard]] bool empty() const { return entries_.empty(); }
    [[nodiscard]] const Entry& last() const { return entries_.back(); }
    /// Null: there is none of that number.
    [[nodiscard]] const SecretKey* find(std::uint32_t number) const;

private:
    std::vector<Entry> entries_;
};

}  // namespace tern

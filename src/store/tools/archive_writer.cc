#include "bytes/crc32c.h"
#include "store/tools/archive.h"

namespace tern::store::tools {

Answer<void> ArchiveWriter::begin(const About& about) {
    const auto header = encode(ArchiveHeader{
        .journal = about.journal, .next_lsn = about.next_lsn, .written_ms = about.written_ms});
    if (auto done = sink_.write(std::array{Bytes(header)}); !done) {
        return problem_with("the archive", done.error());
    }
    return {};
}

Answer<void> ArchiveWriter::item(ItemType type, std::initializer_list<Bytes> body) {
    std::uint64_t bytes = 0;
    for (const Bytes part : body) bytes += part.size();
    if (bytes > kItemBytesMax) return problem("something of {} bytes is too large", bytes);
    ItemHeader header{.bytes = static_cast<std::uint32_t>(bytes), .type = type, .crc = 0};
    header.crc = begin_item_crc(items_++, header);
    for (const Bytes part : body) header.crc = crc32c(part, header.crc);
    const auto encoded = encode(header);
    std::vector<Bytes> parts{Bytes(encoded)};
    parts.insert(parts.end(), body.begin(), body.end());
    if (auto done = sink_.write(parts); !done) return problem_with("the archive", done.error());
    return {};
}

Answer<void> ArchiveWriter::record(RecordType type, Bytes body) {
    const std::array number{static_cast<std::uint8_t>(type)};
    return item(ItemType::record, {Bytes(number), body});
}

Answer<void> ArchiveWriter::begin_body(std::uint64_t id, std::uint64_t size) {
    ByteWriter out;
    out.u64(id);
    out.u64(size);
    return item(ItemType::body, {out.bytes()});
}

Answer<void> ArchiveWriter::piece(Bytes content) {
    return item(ItemType::piece, {content});
}

Answer<void> ArchiveWriter::message(std::uint64_t lsn, std::span<const Route> routes,
                                    const MessagePtr& message) {
    ByteWriter out;
    out.u64(lsn);
    encode_routes(out, routes);
    const auto [block, body] = message->stored();
    return item(ItemType::message, {out.bytes(), block.bytes(), body.bytes()});
}

Answer<void> ArchiveWriter::finish() {
    ByteWriter out;
    out.u64(items_);
    return item(ItemType::end, {out.bytes()});
}

}  // namespace tern::store::tools

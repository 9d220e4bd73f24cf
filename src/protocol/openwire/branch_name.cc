#include "protocol/openwire/branch_name.h"

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"

namespace tern::openwire {
namespace {

constexpr std::size_t kIdBytesMax = 64;

}  // namespace

std::optional<std::string> branch_name(const XaTransactionId& id) {
    const Bytes global = id.global_transaction_id.view();
    const Bytes branch = id.branch_qualifier.view();
    if (global.size() > kIdBytesMax || branch.size() > kIdBytesMax) return std::nullopt;
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(id.format_id));
    out.u8(static_cast<std::uint8_t>(global.size()));
    out.append(global);
    out.append(branch);
    return std::string(as_text(out.bytes()));
}

std::optional<XaTransactionId> parse_branch_name(std::string_view name) {
    ByteReader in(as_bytes(name));
    XaTransactionId id;
    id.format_id = static_cast<std::int32_t>(in.u32());
    id.global_transaction_id = in.take(in.u8());
    id.branch_qualifier = in.take(in.remaining());
    if (!in.done() || branch_name(id) != name) return std::nullopt;
    return id;
}

}  // namespace tern::openwire

#include "protocol/openwire/codec/encoder.h"

#include "protocol/openwire/codec/writer.h"

namespace tern::openwire {
namespace {

/// A frame above this gives its scratch memory back.
constexpr std::size_t kScratchBytesKept = std::size_t{64} * 1024;

/// Sizes that fit the size prefix are compared before they are added up to anything wrong.
bool fits(std::size_t size, std::int64_t frame_bytes_max) {
    return std::cmp_less_equal(size, frame_bytes_max) && std::cmp_less_equal(size, kFrameBytesMax);
}

}  // namespace

/// What encoding needs besides the destination of the bytes; kept from frame to frame.
class Encoder::Scratch {
public:
    explicit Scratch(const WireFormat& format) {
        if (format.cache) cache.emplace(format.cache_slots);
    }

    [[nodiscard]] SendCache* cache_or_null() { return cache ? &*cache : nullptr; }
    void clear() {
        bits.clear();
        if (data.size() > kScratchBytesKept) data = {};
        data.clear();
    }

    std::optional<SendCache> cache;
    BitWriter bits;
    ByteWriter data;
};

Encoder::Encoder(const WireFormat& format, std::int64_t frame_bytes_max)
    : format_(format),
      frame_bytes_max_(frame_bytes_max),
      scratch_(std::make_unique<Scratch>(format)) {}

Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

template <class T>
Result<std::size_t> Encoder::write_tight(const T& command, Content content, ByteWriter& out) {
    scratch_->clear();
    auto& [cache, bits, data] = *scratch_;
    Writer<true> writer(format_, scratch_->cache_or_null(), data, bits);
    // Even content that belongs into `out` is copied once only, straight from where it is.
    writer.leave_content_out();
    writer.structure(command);
    if (const auto error = writer.finish()) return failure(*error);
    if (bits.size() > BitWriter::kBytesMax) return failure(Errc::frame_too_large);

    const std::size_t size = 1 + bits.encoded_size() + data.size() + writer.content().size();
    if (!fits(size, frame_bytes_max_)) return failure(Errc::frame_too_large);
    if (format_.size_prefix) out.u32(static_cast<std::uint32_t>(size));
    out.u8(static_cast<std::uint8_t>(type_of(command)));
    bits.append_to(out);
    const std::size_t head = writer.left_out() ? writer.content_offset() : data.size();
    out.append(data.bytes().first(head));
    const std::size_t content_at = out.size();
    if (content == Content::inside) out.append(writer.content());
    out.append(data.bytes().subspan(head));
    return content_at;
}

template <class T>
Result<std::size_t> Encoder::write_loose(const T& command, Content content, ByteWriter& out) {
    const std::size_t start = out.size();
    if (format_.size_prefix) out.u32(0);
    const std::size_t body = out.size();
    out.u8(static_cast<std::uint8_t>(type_of(command)));
    Writer<false> writer(format_, scratch_->cache_or_null(), out, scratch_->bits);
    if (content == Content::left_out) writer.leave_content_out();
    writer.structure(command);
    if (const auto error = writer.finish()) return failure(*error);

    const std::size_t size = out.size() - body + writer.content().size();
    if (!fits(size, frame_bytes_max_)) return failure(Errc::frame_too_large);
    if (format_.size_prefix) out.patch_u32(start, static_cast<std::uint32_t>(size));
    return writer.left_out() ? writer.content_offset() : out.size();
}

template <class T>
Result<std::size_t> Encoder::write(const T& command, Content content, ByteWriter& out) {
    const std::size_t start = out.size();
    auto content_at =
        format_.tight ? write_tight(command, content, out) : write_loose(command, content, out);
    if (!content_at) {
        out.truncate(start);
        if (scratch_->cache) scratch_->cache->forget();
    }
    return content_at;
}

template <class T>
Result<void> Encoder::encode(const T& command, ByteWriter& out) {
    const auto written = write(command, Content::inside, out);
    if (!written) return failure(written.error());
    return {};
}

Result<void> Encoder::encode(const Command& command, ByteWriter& out) {
    return std::visit([&](const auto& alternative) { return this->encode(alternative, out); },
                      command);
}

Result<std::size_t> Encoder::encode_around_content(const Message& message, ByteWriter& out) {
    return write(message, Content::left_out, out);
}

Result<std::size_t> Encoder::encode_around_content(const MessageDispatch& dispatch,
                                                   ByteWriter& out) {
    return write(dispatch, Content::left_out, out);
}

template Result<void> Encoder::encode(const KeepAliveInfo&, ByteWriter&);
template Result<void> Encoder::encode(const Message&, ByteWriter&);
template Result<void> Encoder::encode(const MessageAck&, ByteWriter&);
template Result<void> Encoder::encode(const MessageDispatch&, ByteWriter&);
template Result<void> Encoder::encode(const ProducerAck&, ByteWriter&);
template Result<void> Encoder::encode(const Response&, ByteWriter&);
template Result<void> Encoder::encode(const TransactionInfo&, ByteWriter&);
template Result<void> Encoder::encode(const MessagePull&, ByteWriter&);
template Result<void> Encoder::encode(const WireFormatInfo&, ByteWriter&);
template Result<void> Encoder::encode(const BrokerInfo&, ByteWriter&);
template Result<void> Encoder::encode(const ConnectionInfo&, ByteWriter&);
template Result<void> Encoder::encode(const SessionInfo&, ByteWriter&);
template Result<void> Encoder::encode(const ConsumerInfo&, ByteWriter&);
template Result<void> Encoder::encode(const ProducerInfo&, ByteWriter&);
template Result<void> Encoder::encode(const DestinationInfo&, ByteWriter&);
template Result<void> Encoder::encode(const RemoveInfo&, ByteWriter&);
template Result<void> Encoder::encode(const RemoveSubscriptionInfo&, ByteWriter&);
template Result<void> Encoder::encode(const ShutdownInfo&, ByteWriter&);
template Result<void> Encoder::encode(const FlushCommand&, ByteWriter&);
template Result<void> Encoder::encode(const ControlCommand&, ByteWriter&);
template Result<void> Encoder::encode(const ConnectionError&, ByteWriter&);
template Result<void> Encoder::encode(const ConnectionControl&, ByteWriter&);
template Result<void> Encoder::encode(const ConsumerControl&, ByteWriter&);
template Result<void> Encoder::encode(const ExceptionResponse&, ByteWriter&);
template Result<void> Encoder::encode(const DataResponse&, ByteWriter&);
template Result<void> Encoder::encode(const DataArrayResponse&, ByteWriter&);
template Result<void> Encoder::encode(const IntegerResponse&, ByteWriter&);
template Result<void> Encoder::encode(const MessageDispatchNotification&, ByteWriter&);
template Result<void> Encoder::encode(const BrokerSubscriptionInfo&, ByteWriter&);
template Result<void> Encoder::encode(const PartialCommand&, ByteWriter&);
template Result<void> Encoder::encode(const LastPartialCommand&, ByteWriter&);
template Result<void> Encoder::encode(const ReplayCommand&, ByteWriter&);

}  // namespace tern::openwire

#include "protocol/openwire/codec/decoder.h"

#include "protocol/openwire/codec/reader.h"

namespace tern::openwire {

Decoder::Decoder(const WireFormat& format, const Limits& limits)
    : format_(format),
      limits_(limits),
      cache_(format.cache
                 ? std::make_unique<ReceiveCache>(format.cache_slots, limits.cache_bytes_max)
                 : nullptr) {}

Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

template <bool kTight, class Target>
Result<void> Decoder::read(Bytes frame, Target& target) {
    if (frame.empty()) return failure(Errc::truncated);
    if (std::cmp_greater(frame.size(), limits_.frame_bytes_max)) {
        return failure(Errc::frame_too_large);
    }
    if (!converted_.empty()) converted_.clear();
    if (cache_) cache_->start_frame();

    Reader<kTight> reader(frame.subspan(1), format_, limits_, cache_.get(), converted_);
    reader.top(static_cast<DataType>(frame[0]), target);
    return reader.finish();
}

template <class Target>
Result<void> Decoder::read(Bytes frame, Target& target) {
    return format_.tight ? read<true>(frame, target) : read<false>(frame, target);
}

Result<Command> Decoder::decode(Bytes frame) {
    Result<Command> command;
    if (const auto done = read(frame, *command); !done) command = failure(done.error());
    return command;
}

Result<void> Decoder::decode(Bytes frame, Message& message) {
    message = {};
    return read(frame, message);
}

}  // namespace tern::openwire

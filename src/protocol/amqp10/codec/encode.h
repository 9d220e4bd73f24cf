#pragma once

#include "bytes/byte_writer.h"
#include "protocol/amqp10/codec/performatives.h"

namespace tern::amqp10 {

// The bodies of frames, appended to `out`.
void encode(const Open& open, ByteWriter& out);
void encode(const Begin& begin, ByteWriter& out);
void encode(const Attach& attach, ByteWriter& out);
void encode(const Flow& flow, ByteWriter& out);
/// Without the payload.
void encode(const Transfer& transfer, ByteWriter& out);
void encode(const Disposition& disposition, ByteWriter& out);
void encode(const Detach& detach, ByteWriter& out);
void encode(const End& end, ByteWriter& out);
void encode(const Close& close, ByteWriter& out);
void encode(const SaslMechanisms& mechanisms, ByteWriter& out);
void encode(const SaslInit& init, ByteWriter& out);
void encode(const SaslChallenge& challenge, ByteWriter& out);
void encode(const SaslResponse& response, ByteWriter& out);
void encode(const SaslOutcome& outcome, ByteWriter& out);

}  // namespace tern::amqp10

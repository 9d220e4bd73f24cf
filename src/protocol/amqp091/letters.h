#pragma once

#include "broker/route/letter_writer.h"
#include "message/formats.h"

namespace tern::amqp091 {

/// Writes dead letters for exchanges: the message in this protocol's encoding, whichever it came
/// in, with the headers x-death, x-first-death-… and x-last-death-….
class Letters final : public broker::LetterWriter {
public:
    /// `formats` outlives it.
    explicit Letters(const message::Formats& formats) : formats_(formats) {}

    [[nodiscard]] Result<broker::ExchangeLetter> write(
        const Message& dead, const broker::ExchangeDeath& death) const override;

private:
    const message::Formats& formats_;
};

}  // namespace tern::amqp091

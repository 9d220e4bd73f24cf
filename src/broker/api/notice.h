#pragma once

#include "broker/api/destination.h"
#include "broker/api/ids.h"
#include "message/message.h"

#include <cstddef>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace tern::broker {

class NoticeSubject;
using NoticeSubjectPtr = std::shared_ptr<const NoticeSubject>;

/// Something that clients may want to know of each other, such as that a consumer is there. The
/// broker remembers what lasts, for those who ask later.
struct Notice {
    enum class What : std::uint8_t {
        begins,   ///< something that lasts
        ends,     ///< what began under that topic and key; ignored if nothing did
        happens,  ///< and is over
    };

    What what = What::happens;
    NoticeSubjectPtr about;
    Token token = {};
};

/// What a notice is about. Kept, by the catalog and by whoever announced it, as long as it lasts;
/// clients may have very many, so it is as small as it can be: its texts are made when they are
/// asked for. Immutable; asked on any shard.
class NoticeSubject {
public:
    virtual ~NoticeSubject() = default;
    /// Where it is told, to whoever listens there.
    [[nodiscard]] virtual std::string topic() const = 0;
    /// Unique in its topic.
    [[nodiscard]] virtual std::string key() const = 0;
    /// What is said of it, given how many things last in its topic now. Null: nothing can be told.
    [[nodiscard]] virtual MessagePtr message(Notice::What what, std::size_t lasting) const = 0;
    /// Where the consumer is that it is about; empty: it is about something else.
    [[nodiscard]] virtual std::vector<Destination> consumes() const { return {}; }
    /// That consumer as one of `source`, of which messages reach it where it is. Null: it is none.
    [[nodiscard]] virtual NoticeSubjectPtr demand(const Destination& source) const {
        std::ignore = source;
        return nullptr;
    }
};

}  // namespace tern::broker

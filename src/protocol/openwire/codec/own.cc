#include "protocol/openwire/codec/own.h"

#include "protocol/openwire/codec/receive_cache.h"
#include "protocol/openwire/codec/structure_traits.h"

#include <cstring>

namespace tern::openwire {
namespace {

/// Calls `action` for every Text and ByteArray inside, in a fixed order.
template <class Action>
class TextVisitor {
public:
    explicit TextVisitor(Action& action) : action_(action) {}

    static bool stack_traces() { return true; }
    template <class F>
    void cached(F& field) {
        visit(field);
    }
    void content(ByteArray& field) { visit(field); }
    void shortened(Text& field) { visit(field); }
    template <class F>
    void field(F& field, Versions = {}) {
        visit(field);
    }

    void visit(Text& text) {
        if (!text.is_null()) action_(text);
    }
    void visit(ByteArray& bytes) {
        if (!bytes.is_null()) action_(bytes);
    }
    template <class T>
    void visit(T& value) {
        if constexpr (requires { value.fields(value, *this); }) value.fields(value, *this);
    }
    template <class T>
    void visit(std::optional<T>& nullable) {
        if (nullable) visit(*nullable);
    }
    template <class T>
    void visit(Box<T>& nullable) {
        if (nullable) visit(*nullable);
    }
    template <class T>
    void visit(std::vector<T>& elements) {
        for (T& element : elements) visit(element);
    }
    template <class... T>
    void visit(std::variant<T...>& alternatives) {
        std::visit([this](auto& alternative) { this->visit(alternative); }, alternatives);
    }
    void visit(Object& object) { visit(object.value); }

private:
    Action& action_;
};

template <class T, class Action>
void for_each_text(T& structure, Action action) {
    TextVisitor<Action>(action).visit(structure);
}

}  // namespace

template <class T>
Buffer own(T& structure) {
    std::size_t size = 0;
    for_each_text(structure, [&](auto& text) { size += text.view().size(); });
    if (size == 0) {
        // Views of nothing must not point into bytes that go away either.
        for_each_text(structure, [](auto& text) { text = decltype(text.view()){}; });
        return {};
    }
    MutableBuffer copies(size);
    std::uint8_t* at = copies.data();
    for_each_text(structure, [&](auto& text) {
        const auto view = text.view();
        if (!view.empty()) std::memcpy(at, view.data(), view.size());
        using View = decltype(text.view());
        text = View(reinterpret_cast<typename View::const_pointer>(at), view.size());
        at += view.size();
    });
    return std::move(copies).freeze(size);
}

template Buffer own(Command&);
template Buffer own(Object&);
template Buffer own(CachedValue&);
template Buffer own(Message&);
template Buffer own(MessageAck&);
template Buffer own(MessageDispatch&);
template Buffer own(MessagePull&);
template Buffer own(BrokerInfo&);
template Buffer own(ConnectionInfo&);
template Buffer own(SessionInfo&);
template Buffer own(ConsumerInfo&);
template Buffer own(ProducerInfo&);
template Buffer own(DestinationInfo&);
template Buffer own(RemoveInfo&);
template Buffer own(RemoveSubscriptionInfo&);
template Buffer own(TransactionInfo&);
template Buffer own(ConnectionError&);
template Buffer own(ConnectionControl&);
template Buffer own(ConsumerControl&);
template Buffer own(ExceptionResponse&);
template Buffer own(DataResponse&);
template Buffer own(DataArrayResponse&);
template Buffer own(MessageDispatchNotification&);
template Buffer own(BrokerSubscriptionInfo&);
template Buffer own(BrokerId&);
template Buffer own(ConnectionId&);
template Buffer own(SessionId&);
template Buffer own(ConsumerId&);
template Buffer own(ProducerId&);
template Buffer own(MessageId&);
template Buffer own(LocalTransactionId&);
template Buffer own(XaTransactionId&);
template Buffer own(Destination&);
template Buffer own(TransactionId&);
template Buffer own(ObjectId&);

}  // namespace tern::openwire

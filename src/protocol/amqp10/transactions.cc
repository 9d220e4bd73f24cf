#include "protocol/amqp10/transactions.h"

#include "bytes/byte_reader.h"

#include <utility>

namespace tern::amqp10 {

Transaction& Transactions::begin(std::uint32_t session, std::uint32_t coordinator) {
    const broker::TransactionNumber number{++last_};
    Transaction& transaction = open_[number];
    transaction.number = number;
    transaction.session = session;
    transaction.coordinator = coordinator;
    return transaction;
}

Transaction* Transactions::find(Bytes id) {
    if (id.size() != sizeof(std::uint64_t)) return nullptr;
    const auto found =
        open_.find(broker::TransactionNumber{load_big_endian<std::uint64_t>(id.data())});
    return found == open_.end() ? nullptr : &found->second;
}

Transaction Transactions::take(broker::TransactionNumber number) {
    auto taken = open_.extract(number);
    return taken.empty() ? Transaction() : std::move(taken.mapped());
}

std::vector<broker::TransactionNumber> Transactions::of(std::uint32_t session,
                                                        std::uint32_t coordinator) const {
    std::vector<broker::TransactionNumber> all;
    for (const auto& [number, transaction] : open_) {
        if (transaction.session == session && transaction.coordinator == coordinator) {
            all.push_back(number);
        }
    }
    return all;
}

std::string Transactions::id_of(broker::TransactionNumber number) {
    std::string id(sizeof number.value, '\0');
    store_big_endian(reinterpret_cast<std::uint8_t*>(id.data()), number.value);
    return id;
}

}  // namespace tern::amqp10

#include "broker/route/letter_writer.h"

#include <algorithm>

namespace tern::broker {

bool goes_round(const ExchangeLetter& letter, std::string_view queue) {
    const auto before = std::ranges::find(letter.deaths, queue, &ExchangeLetter::Death::queue);
    return before != letter.deaths.end() &&
           std::none_of(letter.deaths.begin(), before + 1,
                        [](const ExchangeLetter::Death& one) { return one.rejected; });
}

}  // namespace tern::broker

#include "admin/listeners.h"

#include <algorithm>
#include <memory>

namespace tern::admin {

void remove_listener(broker::Operations& broker, const About& about,
                     const Surroundings& surroundings, const std::string& name,
                     std::move_only_function<void(bool)> done) {
    const auto open = about.listeners ? about.listeners() : std::vector<OpenListener>();
    const auto found = std::ranges::find(open, name, &OpenListener::name);
    const bool closes = found != open.end() && !found->is_http();
    if (!closes || !surroundings.remove_listener) return done(false);
    surroundings.remove_listener(
        name, [&broker, name, done = std::move(done)](bool removed) mutable {
            if (!removed) return done(false);
            broker.list_connections([&broker, name, done = std::move(done)](
                                        std::vector<broker::ConnectionStatus> all) mutable {
                std::erase_if(all, [&name](const auto& one) { return one.listener != name; });
                if (all.empty()) return done(true);
                struct Closing {
                    std::size_t left;
                    std::move_only_function<void(bool)> done;
                };
                const auto closing = std::make_shared<Closing>(all.size(), std::move(done));
                for (const broker::ConnectionStatus& one : all) {
                    broker.close_connection(one.ref, [closing](bool) {
                        if (--closing->left == 0) closing->done(true);
                    });
                }
            });
        });
}

}  // namespace tern::admin

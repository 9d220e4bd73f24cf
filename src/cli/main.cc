#include "cli/commands.h"
#include "cli/signals.h"

#include <cstdio>

namespace {

using tern::cli::BrowseOptions;
using tern::cli::ConsumeOptions;
using tern::cli::Options;
using tern::cli::ProduceOptions;

int run(const Options& options) {
    if (const auto* const producing = std::get_if<ProduceOptions>(&options)) {
        return produce(*producing);
    }
    if (const auto* const consuming = std::get_if<ConsumeOptions>(&options)) {
        return consume(*consuming);
    }
    if (const auto* const operating = std::get_if<tern::cli::OperateOptions>(&options)) {
        return operate(*operating);
    }
    if (const auto* const configuring = std::get_if<tern::cli::ConfigOptions>(&options)) {
        return configuration(*configuring);
    }
    if (const auto* const secret = std::get_if<tern::cli::SecretOptions>(&options)) {
        return handle_secret(*secret);
    }
    if (const auto* const rabbitmq = std::get_if<tern::cli::RabbitmqOptions>(&options)) {
        return tern::cli::rabbitmq(*rabbitmq);
    }
    if (const auto* const store = std::get_if<tern::cli::StoreOptions>(&options)) {
        return handle_store(*store);
    }
    if (const auto* const load = std::get_if<tern::cli::BenchOptions>(&options)) {
        return bench(*load);
    }
    return browse(*std::get_if<BrowseOptions>(&options));
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = tern::cli::parse_options(argc, argv);
    if (!options) {
        const auto& [code, text] = options.error();
        std::fprintf(code == 0 ? stdout : stderr, "%s%s\n",
                     code == 0 ? "" : "tern: ", text.c_str());
        return code;
    }
    tern::cli::block_signals();
    return run(*options);
}

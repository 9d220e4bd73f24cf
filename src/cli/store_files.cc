#include "cli/store_files.h"

#include "admin/json.h"
#include "cli/archive_file.h"
#include "cli/table.h"
#include "runtime/posix_disk.h"
#include "runtime/sealed/key_file.h"
#include "runtime/sealed/rekey.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/system_random.h"
#include "store/tools/builder.h"
#include "store/tools/check.h"
#include "store/tools/consumed.h"
#include "store/tools/info.h"
#include "store/tools/names.h"

#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>

namespace tern::cli {
namespace {

using store::tools::Answer;
using store::tools::Contents;
using store::tools::Copied;
using store::tools::Finding;
using store::tools::problem;
using store::tools::problem_with;

constexpr const char* kLock = "lock";
constexpr std::array kFolders{"journal", "segments", "large"};
/// Files of the journal that nobody needs, kept with the same keys.
constexpr const char* kArchived = "journal-archive";
constexpr std::size_t kHolderBytesMax = 1024;
constexpr double kMib = 1024.0 * 1024.0;

std::int64_t now_ms() {
    using std::chrono::system_clock;
    const auto now = system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::uint64_t new_id() {
    SystemRandom random;
    return std::max<std::uint64_t>(random.next(), 1);
}

/// A data directory that nobody uses while this is there.
struct Directory {
    std::unique_ptr<PosixDisk> plain;
    std::unique_ptr<File> lock;
    std::unique_ptr<SealedDisk> sealed{};  ///< null: the store is not encrypted

    [[nodiscard]] Disk& disk() const {
        return sealed == nullptr ? static_cast<Disk&>(*plain) : *sealed;
    }
};

SystemRandom& random_source() {
    static SystemRandom random;
    return random;
}

/// Null: no file is named.
Answer<std::unique_ptr<KeyFile>> read_key(const std::string& path) {
    if (path.empty()) return nullptr;
    return KeyFile::read(path, random_source());
}

std::string holder_of(Disk& disk) {
    const auto file = disk.open(kLock, Disk::Open::existing);
    std::array<std::uint8_t, kHolderBytesMax> text{};
    const auto size = file ? (*file)->read_at(0, text) : Result<std::size_t>(0);
    return std::string(as_text(Bytes(text).first(size.value_or(0))));
}

Answer<Directory> take(const std::string& path) {
    auto disk = PosixDisk::open(path);
    if (!disk) return problem_with(path, disk.error());
    auto lock = (*disk)->lock(kLock);
    if (lock) return Directory{std::move(*disk), std::move(*lock)};
    if (lock.error() != std::errc::resource_unavailable_try_again) {
        return problem_with(path + "/lock", lock.error());
    }
    return problem("{} is in use: {}", path, holder_of(**disk));
}

Answer<bool> has_store(Disk& disk) {
    for (const char* const folder : kFolders) {
        const auto names = disk.list(folder);
        if (!names) return problem_with(folder, names.error());
        if (!names->empty()) return true;
    }
    return false;
}

/// The store that is there, as its files lie.
Answer<Directory> open_files(const std::string& path) {
    if (!std::filesystem::is_directory(path)) return problem("{} is no directory", path);
    auto directory = take(path);
    if (!directory) return directory;
    const auto there = has_store(*directory->plain);
    if (!there) return std::unexpected(there.error());
    if (!*there) return problem("there is no store in {}", path);
    return directory;
}

Answer<Directory> unlock(Answer<Directory> directory, const std::string& key_file,
                         NewKeys new_keys) {
    if (!directory) return directory;
    const auto key = read_key(key_file);
    if (!key) return std::unexpected(key.error());
    auto sealed = unseal(*directory->plain, key->get(), new_keys, random_source());
    if (!sealed) return problem("{} (--key-file names it)", sealed.error());
    directory->sealed = std::move(*sealed);
    return directory;
}

/// The store that is there.
Answer<Directory> open(const StoreOptions& options) {
    return unlock(open_files(options.data), options.key_file, NewKeys::refused);
}

std::string text_of(const Copied& copied) {
    return fmt::format("{} queues, {} messages, {} large bodies, {} other documents", copied.queues,
                       copied.messages, copied.bodies, copied.documents);
}

void print(const Finding& finding) {
    const char* const kind = finding.kind == Finding::Kind::damage ? "damage" : "note";
    std::printf("%s: %s at %llu: %s\n", kind, finding.file.c_str(),
                static_cast<unsigned long long>(finding.offset), finding.what.c_str());
}

/// For tools that do not go on with a store that is damaged.
Answer<std::unique_ptr<Contents>> undamaged(Disk& disk) {
    auto contents = Contents::read(disk);
    if (!contents) return contents;
    for (const Finding& one : (*contents)->findings().all()) {
        if (one.kind != Finding::Kind::damage) continue;
        return problem("{} is damaged at {}: {} (tern store check says more)", one.file, one.offset,
                       one.what);
    }
    return contents;
}

// ---- the commands

void print(const store::tools::Info& info) {
    Table files({"FOLDER", "FORMAT", "FILES", "MIB"});
    for (const auto& kind : info.kinds) {
        files.add({kind.name, std::to_string(kind.format), std::to_string(kind.files),
                   fmt::format("{:.1f}", static_cast<double>(kind.bytes) / kMib)});
    }
    std::fputs(files.text().c_str(), stdout);
    std::printf("\njournal           %016llx\n", static_cast<unsigned long long>(info.journal));
    std::printf("replayed at start %llu files with %llu records\n",
                static_cast<unsigned long long>(info.replayed_files),
                static_cast<unsigned long long>(info.records));
    std::printf("next record       %llu\n", static_cast<unsigned long long>(info.next_lsn));
    std::printf("messages          %llu\n", static_cast<unsigned long long>(info.messages));
    std::printf("exchanges         %llu, with %llu bindings\n",
                static_cast<unsigned long long>(info.exchanges),
                static_cast<unsigned long long>(info.bindings));
    std::printf("prepared          %llu transactions\n",
                static_cast<unsigned long long>(info.branches));
    if (info.oldest) {
        std::printf("oldest message    record %llu in %s, sent %s, of %s\n",
                    static_cast<unsigned long long>(info.oldest->lsn), info.oldest->file.c_str(),
                    store::tools::time_text(info.oldest->sent_ms).c_str(),
                    info.oldest->queue.c_str());
    }
    if (info.queues.empty()) return;
    Table queues({"QUEUE", "MESSAGES", "DELIVERED?", "OLDEST"});
    for (const auto& queue : info.queues) {
        queues.add({queue.name, std::to_string(queue.messages), std::to_string(queue.announced),
                    queue.messages == 0 ? "-" : std::to_string(queue.oldest_lsn)});
    }
    std::printf("\n%s", queues.text().c_str());
}

void print_json(const store::tools::Info& info, std::size_t damages) {
    using admin::json_text;
    admin::json::array folders;
    for (const auto& kind : info.kinds) {
        folders.push_back({{"name", json_text(kind.name)},
                           {"format", kind.format},
                           {"files", kind.files},
                           {"bytes", kind.bytes}});
    }
    admin::json::array queues;
    for (const auto& queue : info.queues) {
        queues.push_back({{"name", json_text(queue.name)},
                          {"messages", queue.messages},
                          {"perhaps_delivered", queue.announced},
                          {"oldest_record", queue.oldest_lsn}});
    }
    admin::json::object all{{"folders", std::move(folders)},
                            {"journal", fmt::format("{:016x}", info.journal)},
                            {"replayed_files", info.replayed_files},
                            {"replayed_records", info.records},
                            {"next_record", info.next_lsn},
                            {"messages", info.messages},
                            {"exchanges", info.exchanges},
                            {"bindings", info.bindings},
                            {"prepared_transactions", info.branches},
                            {"queues", std::move(queues)},
                            {"damages", damages}};
    if (info.oldest) {
        all["oldest"] = {{"record", info.oldest->lsn},
                         {"queue", json_text(info.oldest->queue)},
                         {"file", json_text(info.oldest->file)},
                         {"sent_ms", info.oldest->sent_ms}};
    }
    std::puts(admin::json::serialize(all).c_str());
}

Answer<int> show_info(const StoreOptions& options) {
    const auto directory = open(options);
    if (!directory) return std::unexpected(directory.error());
    const auto contents = Contents::read(directory->disk());
    if (!contents) return std::unexpected(contents.error());
    const auto info = store::tools::info(directory->disk(), **contents);
    if (!info) return std::unexpected(info.error());
    const std::size_t damages = (*contents)->findings().damages();
    if (options.json) {
        print_json(*info, damages);
        return damages == 0 ? 0 : 1;
    }
    print(*info);
    if (damages == 0) return 0;
    std::printf("\ndamaged in %zu places: tern store check says more\n", damages);
    return 1;
}

void print_json(Contents& contents, std::uint64_t messages) {
    using admin::json_text;
    admin::json::array findings;
    for (const Finding& one : contents.findings().all()) {
        findings.push_back({{"kind", one.kind == Finding::Kind::damage ? "damage" : "note"},
                            {"file", json_text(one.file)},
                            {"offset", one.offset},
                            {"what", json_text(one.what)}});
    }
    const admin::json::object all{{"queues", contents.queues().size()},
                                  {"messages", messages},
                                  {"damages", contents.findings().damages()},
                                  {"findings", std::move(findings)}};
    std::puts(admin::json::serialize(all).c_str());
}

Answer<int> check(const StoreOptions& options) {
    const auto directory = open(options);
    if (!directory) return std::unexpected(directory.error());
    Disk& disk = directory->disk();
    if (options.repair) {
        const auto finished = store::tools::finish_repair(disk);
        if (!finished) return std::unexpected(finished.error());
        if (*finished) std::puts("a repair that was broken off has been finished");
    }
    const auto contents = Contents::read(disk);
    if (!contents) return std::unexpected(contents.error());
    const auto messages = store::tools::check(**contents);
    if (!messages) return std::unexpected(messages.error());
    const auto& findings = (*contents)->findings();
    if (options.json) {
        print_json(**contents, *messages);
        return findings.damages() == 0 ? 0 : 1;
    }
    for (const Finding& one : findings.all()) print(one);
    std::printf("%zu queues, %llu messages, %zu damages\n", (*contents)->queues().size(),
                static_cast<unsigned long long>(*messages), findings.damages());
    if (findings.damages() == 0 || !options.repair) return findings.damages() == 0 ? 0 : 1;
    const auto repaired = store::tools::repair(disk, **contents, new_id(), now_ms());
    if (!repaired) return std::unexpected(repaired.error());
    std::printf("repaired: %s; %llu messages are lost; what was there is in %s/%s\n",
                text_of(repaired->copied).c_str(),
                static_cast<unsigned long long>(repaired->copied.lost), options.data.c_str(),
                repaired->aside.c_str());
    return 0;
}

Answer<int> dump(const StoreOptions& options) {
    const auto directory = open(options);
    if (!directory) return std::unexpected(directory.error());
    const auto contents = Contents::read(directory->disk());
    if (!contents) return std::unexpected(contents.error());
    const auto dumped =
        store::tools::dump(directory->disk(), **contents, options.dump,
                           [](const std::string& line) { std::puts(line.c_str()); });
    if (!dumped) return std::unexpected(dumped.error());
    return 0;
}

Answer<std::int64_t> time_in(const std::string& text, std::int64_t without) {
    if (text.empty()) return without;
    const auto time = store::tools::time_of(text);
    if (!time) return problem("{} is no time such as 2026-01-31T12:00:00Z", text);
    return *time;
}

Answer<Copied> copy_consumed(const StoreOptions& options, Disk& disk, Contents& contents,
                             store::tools::Target& target) {
    store::tools::ConsumedOptions wanted{.queue = options.queue};
    const auto since = time_in(options.since, wanted.since_ms);
    if (!since) return std::unexpected(since.error());
    const auto before = time_in(options.before, wanted.before_ms);
    if (!before) return std::unexpected(before.error());
    wanted.since_ms = *since;
    wanted.before_ms = *before;
    const auto done = store::tools::copy_consumed(disk, contents, target, wanted, now_ms());
    if (!done) return std::unexpected(done.error());
    for (const auto& gap : done->gaps) {
        std::fprintf(stderr, "note: %s at %llu: %s\n", gap.file.c_str(),
                     static_cast<unsigned long long>(gap.offset), gap.what);
    }
    if (done->copied.lost > 0) {
        std::fprintf(stderr, "note: %llu messages are left out, whose large bodies are gone\n",
                     static_cast<unsigned long long>(done->copied.lost));
    }
    return done->copied;
}

Answer<int> export_archive(const StoreOptions& options) {
    const auto directory = open(options);
    if (!directory) return std::unexpected(directory.error());
    const auto contents = undamaged(directory->disk());
    if (!contents) return std::unexpected(contents.error());
    const auto archive = ArchiveOut::create(options.archive);
    if (!archive) return std::unexpected(archive.error());
    store::tools::ArchiveWriter writer(**archive);
    const auto copied = options.consumed
                            ? copy_consumed(options, directory->disk(), **contents, writer)
                            : copy(**contents, writer, now_ms(), store::tools::Tolerance::none);
    if (!copied) return std::unexpected(copied.error());
    if (auto done = (*archive)->finish(); !done) return std::unexpected(done.error());
    std::fprintf(stderr, "exported: %s\n", text_of(*copied).c_str());
    return 0;
}

/// Half a store is none.
void remove_store(Disk& disk) {
    for (const char* const folder : kFolders) {
        const auto names = disk.list(folder);
        if (!names) continue;
        for (const std::string& name : *names) {
            std::ignore = disk.remove(fmt::format("{}/{}", folder, name));
        }
    }
}

Answer<int> import_archive(const StoreOptions& options) {
    const auto archive = ArchiveIn::open(options.archive);
    if (!archive) return std::unexpected(archive.error());
    auto taken = take(options.data);
    if (!taken) return std::unexpected(taken.error());
    const auto there = has_store(*taken->plain);
    if (!there) return std::unexpected(there.error());
    if (*there) return problem("{} has a store already", options.data);
    const auto directory = unlock(std::move(taken), options.key_file, NewKeys::allowed);
    if (!directory) return std::unexpected(directory.error());
    Disk& disk = directory->disk();
    store::tools::StoreBuilder builder(disk, new_id());
    const auto copied = store::tools::ArchiveReader(**archive).run(builder);
    if (!copied) {
        remove_store(disk);
        return std::unexpected(copied.error() + "; nothing was imported");
    }
    std::fprintf(stderr, "imported: %s\n", text_of(*copied).c_str());
    return 0;
}

Answer<int> change_keys(const StoreOptions& options) {
    const auto directory = open_files(options.data);
    if (!directory) return std::unexpected(directory.error());
    const auto from = read_key(options.key_file);
    if (!from) return std::unexpected(from.error());
    const auto to = read_key(options.new_key_file);
    if (!to) return std::unexpected(to.error());
    if (*from == nullptr && *to == nullptr) return problem("rekey takes a key, or two");
    Disk& disk = *directory->plain;
    // What a repair has left would need keys that are gone then.
    if (auto done = store::tools::refuse_leftovers(disk); !done)
        return std::unexpected(done.error());
    std::vector<std::string> folders{kFolders.begin(), kFolders.end()};
    folders.emplace_back(kArchived);
    const auto done = rekey(disk,
                            {.from = from->get(),
                             .to = to->get(),
                             .keep_data_keys = options.keep_data_keys,
                             .folders = std::move(folders)},
                            random_source());
    if (!done) return std::unexpected(done.error());
    std::fprintf(
        stderr, "%s; %llu files with %.1f MiB were written anew\n",
        *to == nullptr ? "not encrypted any more" : ("encrypted under " + (*to)->name()).c_str(),
        static_cast<unsigned long long>(done->files), static_cast<double>(done->bytes) / kMib);
    return 0;
}

CLI::App* add(CLI::App& store, StoreOptions& options, const char* verb, const char* description) {
    CLI::App* const command = store.add_subcommand(verb, description);
    command->callback([&options, verb] { options.verb = verb; });
    return command;
}

void add_data(CLI::App& command, StoreOptions& options) {
    command.add_option("DATA", options.data, "the broker's data directory")->required();
    command.add_option("--key-file", options.key_file,
                       "file with the key that the store is encrypted under");
}

void add_archive(CLI::App& command, StoreOptions& options, const char* description) {
    command.add_option("ARCHIVE", options.archive, description)->required();
}

}  // namespace

void add_store(CLI::App& app, StoreOptions& options) {
    CLI::App* const store = app.add_subcommand("store", "The store of a broker that does not run");
    store->group("For operators");
    store->require_subcommand(1);
    CLI::App* const info =
        add(*store, options, "info", "What is in it: files, queues, the oldest message");
    add_data(*info, options);
    info->add_flag("--json", options.json, "as an object of JSON");
    CLI::App* const check =
        add(*store, options, "check", "Read all of it; exit code 1 if anything is damaged");
    add_data(*check, options);
    CLI::Option* const repair =
        check->add_flag("--repair", options.repair,
                        "put what can be read in its place; what was there is kept aside");
    check->add_flag("--json", options.json, "as an object of JSON")->excludes(repair);
    CLI::App* const dump = add(*store, options, "dump", "Each record, a line");
    add_data(*dump, options);
    dump->add_option("--file", options.dump.file, "of this file, as in journal/00000001.log");
    dump->add_option("--queue", options.dump.queue,
                     "of this queue, as in queue://A, or subscription, CLIENT:NAME");
    dump->add_option("--body", options.dump.body_bytes, "so many bytes of bodies")
        ->check(CLI::NonNegativeNumber);
    CLI::App* const out = add(*store, options, "export", "Everything into an archive");
    add_data(*out, options);
    add_archive(*out, options, "a file that is not there yet; - is the standard output");
    CLI::Option* const consumed = out->add_flag(
        "--consumed", options.consumed,
        "instead: messages that are not on a queue any more, from the journal's archive "
        "(journal.archive) and the journal");
    out->add_option("--since", options.since, "sent then or later, as in 2026-01-31T12:00:00Z")
        ->needs(consumed);
    out->add_option("--before", options.before, "sent before then")->needs(consumed);
    out->add_option("--queue", options.queue, "of this queue or subscription alone")
        ->needs(consumed);
    CLI::App* const in = add(*store, options, "import", "An archive into an empty directory");
    add_archive(*in, options, "- is the standard input");
    add_data(*in, options);
    CLI::App* const rekey =
        add(*store, options, "rekey", "Encrypt the store, change its keys, or decrypt it");
    add_data(*rekey, options);
    rekey->add_option("--new-key-file", options.new_key_file,
                      "file with the key that it shall be encrypted under; without it, it is not "
                      "encrypted any more");
    rekey->add_flag("--keep-data-keys", options.keep_data_keys,
                    "change what protects the keys of the data, and not these: no file is written "
                    "anew");
}

int handle_store(const StoreOptions& options) {
    const auto done = options.verb == "info"     ? show_info(options)
                      : options.verb == "check"  ? check(options)
                      : options.verb == "dump"   ? dump(options)
                      : options.verb == "export" ? export_archive(options)
                      : options.verb == "import" ? import_archive(options)
                                                 : change_keys(options);
    if (done) return *done;
    std::fprintf(stderr, "tern: %s\n", done.error().c_str());
    return 1;
}

}  // namespace tern::cli

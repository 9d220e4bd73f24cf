#include "server/graph_files.h"

#include "base/log.h"
#include "server/wall_clock.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>

namespace tern::server {
namespace {

constexpr std::chrono::seconds kPeriod{1};

/// Whoever reads it finds one picture or the other. It may lie anywhere, which `replace_file` does
/// not reach, and nobody needs it to be on the disk.
std::error_code replace(const std::filesystem::path& path, const std::string& text) {
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return error;
    const std::filesystem::path fresh = path.string() + ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) return std::make_error_code(std::errc::io_error);
    std::filesystem::rename(fresh, path, error);
    return error;
}

}  // namespace

void GraphFiles::start(engine::Engine& engine, admin::About about, const config::Plugins& plugins) {
    const std::filesystem::path directory = std::filesystem::absolute(about.data_directory);
    if (plugins.connections_graph) {
        files_.push_back(
            {(directory / plugins.connections_graph->file).string(), &admin::connections_graph});
    }
    if (plugins.destinations_graph) {
        files_.push_back(
            {(directory / plugins.destinations_graph->file).string(), &admin::destinations_graph});
    }
    if (files_.empty()) return;
    about_ = std::move(about);
    about_.listeners = nullptr;  // the pictures have none
    operations_ = std::make_unique<engine::Operations>(
        engine, [this](Task task) { lane_.submit(std::move(task)); });
    lane_.submit([this] { draw(); });
    lane_.start();
}

void GraphFiles::draw() {
    admin::take_snapshot(*operations_, about_, wall_ms(), {},
                         [this](const std::shared_ptr<const admin::Snapshot>& now) {
                             for (File& file : files_) write(file, file.draw(about_, *now));
                             lane_.submit([this] { draw(); }, kPeriod);
                         });
}

void GraphFiles::write(File& file, std::string text) {
    if (text == file.written) return;
    if (const std::error_code error = replace(file.path, text)) {
        if (!std::exchange(file.failed, true)) {
            log::warning("server", "cannot write {}: {}", file.path, error.message());
        }
        return;
    }
    file.failed = false;
    file.written = std::move(text);
}

}  // namespace tern::server

#pragma once

#include "admin/graphs.h"
#include "config/model.h"
#include "engine/operations.h"
#include "server/timed_lane.h"

#include <memory>
#include <string>
#include <vector>

namespace tern::server {

/// Draws what the document's connectionDotFilePlugin and destinationDotFilePlugin ask for, each
/// second, on a thread of its own. Outlives the shards: answers of theirs may still be under way
/// when it has stopped.
class GraphFiles {
public:
    /// Files without a directory lie in that of the data. `engine` outlives this object's `stop`.
    void start(engine::Engine& engine, admin::About about, const config::Plugins& plugins);
    void stop() { lane_.stop(); }

private:
    struct File {
        std::string path;
        std::string (*draw)(const admin::About&, const admin::Snapshot&);
        std::string written = {};
        bool failed = false;  ///< and the log says so
    };

    void draw();
    static void write(File& file, std::string text);

    TimedLane lane_{"graphs"};
    admin::About about_;
    std::vector<File> files_;
    std::unique_ptr<engine::Operations> operations_;
};

}  // namespace tern::server

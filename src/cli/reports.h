#pragma once

#include "cli/broker_api.h"
#include "cli/operate.h"

namespace tern::cli {

/// What `activemq list`, `query`, `bstat` and `dstat` show, of MBeans, in the same words and
/// columns.
[[nodiscard]] Outcome<int> report(const OperateOptions& options, const BrokerApi& api);

}  // namespace tern::cli

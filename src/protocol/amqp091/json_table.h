#pragma once

#include "protocol/amqp091/codec/table.h"

#include <boost/json/object.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace tern::amqp091 {

// Tables and properties as RabbitMQ writes them in JSON, where JSON has a way to say them.

/// Whole numbers are long, texts are texts.
[[nodiscard]] FieldTable table_from(const boost::json::object& object);
/// Of checked entries; what is no UTF-8 is replaced.
[[nodiscard]] boost::json::object table_json(Bytes entries);

/// Flags and property list of what an object names, as in `delivery_mode`; others are ignored. The
/// error says what is none.
[[nodiscard]] std::expected<std::string, std::string> properties_from(
    const boost::json::object& object);
/// Of checked flags and properties.
[[nodiscard]] boost::json::object properties_json(Bytes raw);

}  // namespace tern::amqp091

#pragma once

#include "bytes/base64.h"
#include "bytes/utf8.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tern::admin {

namespace json = boost::json;

/// As `clean_utf8`.
[[nodiscard]] json::string json_text(std::string_view text);

}  // namespace tern::admin

#pragma once

#include "bytes/base64.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace tern::admin {

namespace json = boost::json;

/// UTF-8 as it is; what is none has replacement characters in its place, so that the result always
/// is text.
[[nodiscard]] std::string clean_text(std::string_view text);
[[nodiscard]] json::string json_text(std::string_view text);

}  // namespace tern::admin

#pragma once

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
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] bool decode_base64(std::string_view text, std::string& bytes);

}  // namespace tern::admin

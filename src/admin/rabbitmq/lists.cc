#include "admin/rabbitmq/lists.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::size_t kPageRows = 100;
constexpr std::size_t kPageRowsMax = 500;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) parts.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// What lies at a path of members; null: nothing.
const json::value* at_path(const json::object& object, std::string_view path) {
    const json::object* here = &object;
    const auto names = split(path, '.');
    for (std::size_t i = 0; i < names.size(); ++i) {
        const json::value* const found = here->if_contains(names[i]);
        if (found == nullptr || i + 1 == names.size()) return found;
        here = found->if_object();
        if (here == nullptr) return nullptr;
    }
    return nullptr;
}

void put_at_path(json::object& object, std::string_view path, const json::value& value) {
    json::object* here = &object;
    const auto names = split(path, '.');
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
        json::value& inner = (*here)[names[i]];
        if (!inner.is_object()) inner.emplace_object();
        here = &inner.get_object();
    }
    (*here)[names.back()] = value;
}

bool is_before(const json::value* a, const json::value* b) {
    if (a == nullptr || b == nullptr) return b != nullptr && a == nullptr;
    if (a->is_number() && b->is_number()) return a->to_number<double>() < b->to_number<double>();
    if (a->is_string() && b->is_string()) return a->get_string() < b->get_string();
    return json::serialize(*a) < json::serialize(*b);
}

std::string name_of(const json::value& row) {
    const json::value* const name = row.get_object().if_contains("name");
    return name == nullptr || !name->is_string() ? std::string() : std::string(name->get_string());
}

void erase_if(json::array& rows, const auto& is_unwanted) {
    rows.erase(std::remove_if(rows.begin(), rows.end(), is_unwanted), rows.end());
}

bool keep_named(json::array& rows, const Target& target) {
    const std::string wanted(target.parameter("name"));
    if (wanted.empty()) return true;
    if (target.parameter("use_regex") != "true") {
        erase_if(rows, [&](const json::value& row) {
            const std::string name = name_of(row);
            return std::ranges::search(name, wanted, {}, ::tolower, ::tolower).empty();
        });
        return true;
    }
    const RE2 expression(wanted, RE2::Quiet);
    if (!expression.ok()) return false;
    erase_if(rows,
             [&](const json::value& row) { return !RE2::PartialMatch(name_of(row), expression); });
    return true;
}

void sort(json::array& rows, const Target& target) {
    const std::string_view by = target.parameter("sort");
    if (by.empty()) return;
    std::ranges::stable_sort(rows, [by](const json::value& a, const json::value& b) {
        return is_before(at_path(a.get_object(), by), at_path(b.get_object(), by));
    });
    if (target.parameter("sort_reverse") == "true") std::ranges::reverse(rows);
}

}  // namespace

json::object with_columns(json::object object, const Target& target) {
    const auto columns = split(target.parameter("columns"), ',');
    if (columns.empty()) return object;
    json::object some;
    for (const std::string_view column : columns) {
        if (const json::value* const found = at_path(object, column)) {
            put_at_path(some, column, *found);
        }
    }
    return some;
}

std::expected<json::value, PageProblem> page_of(json::array rows, const Target& target) {
    const auto invalid =
        std::unexpected(PageProblem{"bad_request", "Pagination parameters are invalid"});
    const std::string_view page_text = target.parameter("page");
    const std::size_t total = rows.size();
    std::optional<std::uint64_t> page;
    std::uint64_t page_rows = kPageRows;
    if (!page_text.empty()) {
        page = parse_number(page_text);
        const std::string_view size_text = target.parameter("page_size");
        const auto size = size_text.empty() ? std::optional(page_rows) : parse_number(size_text);
        if (!page || *page == 0 || !size || *size == 0 || *size > kPageRowsMax) return invalid;
        page_rows = *size;
        if (!keep_named(rows, target)) return invalid;
    }
    sort(rows, target);
    const std::size_t filtered = rows.size();
    if (page) {
        const std::uint64_t before = (*page - 1) * page_rows;
        if (*page > 1 && before >= filtered) {
            return std::unexpected(PageProblem{"page_out_of_range",
                                               "Page out of range, page: " + std::to_string(*page) +
                                                   " page size: " + std::to_string(page_rows) +
                                                   ", len: " + std::to_string(filtered)});
        }
        json::array some;
        for (std::uint64_t i = before; i < std::min<std::uint64_t>(before + page_rows, filtered);
             ++i) {
            some.push_back(std::move(rows[i]));
        }
        rows = std::move(some);
    }
    for (json::value& row : rows) row = with_columns(std::move(row.get_object()), target);
    if (!page) return json::value(std::move(rows));
    const std::size_t items = rows.size();
    return json::object{
        {"filtered_count", filtered},
        {"item_count", items},
        {"items", std::move(rows)},
        {"page", *page},
        {"page_count", std::max<std::uint64_t>((filtered + page_rows - 1) / page_rows, 1)},
        {"page_size", page_rows},
        {"total_count", total}};
}

std::optional<std::size_t> argument_of(std::string_view path, std::string_view name) {
    std::size_t index = 0;
    for (const std::string_view part : split(path, '/')) {
        if (part == name) return index;
        if (part.starts_with('{')) ++index;
    }
    return std::nullopt;
}

bool flag_of(const json::object& body, std::string_view name, bool otherwise) {
    const json::value* const value = body.if_contains(name);
    if (value == nullptr) return otherwise;
    return value->is_bool() ? value->get_bool() : *value == "true";
}

std::optional<std::int64_t> number_of(const json::value& value) {
    if (value.is_int64()) return value.get_int64();
    if (!value.is_string()) return std::nullopt;
    const std::string_view text = value.get_string();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

std::optional<std::string> text_of(const json::object& body, std::string_view name) {
    const json::value* const value = body.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

json::array names_of(const json::value& value) {
    json::array names;
    if (value.is_string()) {
        for (std::string_view one : split(value.get_string(), ',')) {
            one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
            one = one.substr(0, one.find_last_not_of(' ') + 1);
            if (!one.empty()) names.emplace_back(one);
        }
    } else if (value.is_array()) {
        for (const json::value& one : value.get_array()) {
            if (one.is_string()) names.push_back(one);
        }
    }
    return names;
}

}  // namespace tern::admin::rabbitmq

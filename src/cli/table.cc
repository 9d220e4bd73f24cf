#include "cli/table.h"

#include <algorithm>

namespace tern::cli {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789.-") == std::string::npos;
}

/// Characters, not bytes.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths;
    widths.reserve(headings_.size());
    std::vector<bool> right(headings_.size(), !rows_.empty());
    for (const std::string& one : headings_) widths.push_back(width(one));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width(row[i]));
            right[i] = right[i] && is_number(row[i]);
        }
    }
    std::string text;
    const auto put = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string blanks(widths[i] - width(row[i]), ' ');
            line += i == 0 ? "" : "  ";
            line += right[i] ? blanks + row[i] : row[i] + blanks;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    };
    put(headings_);
    for (const auto& row : rows_) put(row);
    return text;
}

}  // namespace tern::cli

#pragma once

#include <string>
#include <vector>

namespace tern::cli {

/// Rows under headings, each column as wide as its widest cell. Numbers stand to the right.
class Table {
public:
    explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace tern::cli

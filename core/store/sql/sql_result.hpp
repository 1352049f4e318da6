// What a statement gave.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relayctl {

// The rows as the client library of a database holds them. Rows and columns are counted from 0.
class SqlRows {
public:
    virtual ~SqlRows() = default;
    virtual std::size_t rows() const noexcept = 0;
    // Returns how many rows an INSERT, UPDATE, DELETE or COPY changed.
    virtual std::size_t changed_rows() const noexcept = 0;
    // Returns no value for NULL.
    virtual std::optional<std::string_view> at(
        std::size_t row, std::size_t column) const noexcept = 0;
};

// The rows of one statement, which it owns.
class SqlResult {
public:
    explicit SqlResult(std::unique_ptr<const SqlRows> rows) noexcept
        : rows_(std::move(rows))
    {
    }

    std::size_t rows() const noexcept { return rows_->rows(); }
    std::size_t changed_rows() const noexcept { return rows_->changed_rows(); }
    // The view holds as long as the result. NULL is no value.
    std::optional<std::string_view> at(std::size_t row, std::size_t column) const noexcept
    {
        return rows_->at(row, column);
    }
    // Returns the value as a string of its own, "" for NULL.
    std::string text(std::size_t row, std::size_t column) const
    {
        return std::string(at(row, column).value_or(""));
    }
    // Returns the value as a number. Throws std::invalid_argument where it is none.
    std::size_t number(std::size_t row, std::size_t column) const
    {
        return static_cast<std::size_t>(std::stoull(text(row, column)));
    }

private:
    std::unique_ptr<const SqlRows> rows_;
};

} // namespace relayctl

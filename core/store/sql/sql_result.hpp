// What a statement gave.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct pg_result; // libpq's PGresult

namespace relayctl {

class SqlResult {
public:
    explicit SqlResult(pg_result* result) noexcept
        : result_(result)
    {
    } // which it owns

    std::size_t rows() const noexcept;
    std::size_t changed_rows() const noexcept;
    // The view holds as long as the result; NULL is no value.
    std::optional<std::string_view> at(std::size_t row, std::size_t column) const noexcept;
    std::string text(std::size_t row, std::size_t column) const; // NULL is ""

private:
    struct Clear {
        void operator()(pg_result* result) const noexcept;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

} // namespace relayctl

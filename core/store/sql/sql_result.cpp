#include "core/store/sql/sql_result.hpp"

#include "core/store/sql/postgresql/libpq.hpp"

#include <charconv>

namespace relayctl {

void SqlResult::Clear::operator()(pg_result* result) const noexcept
{
    loaded_libpq().clear(result);
}

std::size_t SqlResult::rows() const noexcept
{
    return static_cast<std::size_t>(loaded_libpq().ntuples(result_.get()));
}

std::size_t SqlResult::changed_rows() const noexcept
{
    const std::string_view text = loaded_libpq().cmd_tuples(result_.get());
    std::size_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::optional<std::string_view> SqlResult::at(std::size_t row, std::size_t column) const noexcept
{
    const Libpq& pq = loaded_libpq();
    const int r = static_cast<int>(row);
    const int c = static_cast<int>(column);
    if (pq.getisnull(result_.get(), r, c) == 1) {
        return std::nullopt;
    }
    return std::string_view(pq.getvalue(result_.get(), r, c),
        static_cast<std::size_t>(pq.getlength(result_.get(), r, c)));
}

std::string SqlResult::text(std::size_t row, std::size_t column) const
{
    return std::string(at(row, column).value_or(""));
}

} // namespace relayctl

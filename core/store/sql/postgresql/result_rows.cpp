// What libpq gave for a statement: rows, or a failure.
#include "core/base/text.hpp"
#include "core/postfix/passwords.hpp"
#include "core/store/sql/postgresql/libpq.hpp"

#include <charconv>

namespace relayctl::postgresql {

namespace {

// The rows stay in the memory of libpq: a view into them holds as long as the result.
class ResultRows : public SqlRows {
public:
    explicit ResultRows(ResultPtr result) noexcept
        : result_(std::move(result))
    {
    }

    std::size_t rows() const noexcept override
    {
        return static_cast<std::size_t>(loaded_libpq().ntuples(result_.get()));
    }

    std::size_t changed_rows() const noexcept override
    {
        // PQcmdTuples() gives the number as text, and "" for a statement that changes nothing.
        const std::string_view text = loaded_libpq().cmd_tuples(result_.get());
        std::size_t count = 0;
        std::from_chars(text.data(), text.data() + text.size(), count);
        return count;
    }

    std::optional<std::string_view> at(std::size_t row, std::size_t column) const noexcept override
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

private:
    ResultPtr result_;
};

} // namespace

SqlResult result_of(ResultPtr result)
{
    return SqlResult(std::make_unique<ResultRows>(std::move(result)));
}

std::string in_one_line(std::string_view message)
{
    std::string line;
    // Messages of libpq may have several lines, such as one for each address that it tried.
    for (const std::string_view part : split_lines(message)) {
        const std::string_view words = trim(part);
        line += (line.empty() || words.empty() ? "" : "; ") + escape(words);
    }
    for (const std::string_view prefix : { "ERROR:", "FATAL:" }) {
        if (line.starts_with(prefix)) {
            line = trim(std::string_view(line).substr(prefix.size()));
        }
    }
    return line.empty() ? "no reason given" : without_passwords(line);
}

SqlFailure failure_of(const PGresult* result, std::size_t statement)
{
    const Libpq& pq = libpq();
    const char* state = pq.result_error_field(result, PG_DIAG_SQLSTATE);
    // The primary message alone fits one line. Failures of libpq itself have no fields, only their
    // text.
    const char* message = pq.result_error_field(result, PG_DIAG_MESSAGE_PRIMARY);
    return { state != nullptr ? state : "",
        message != nullptr ? escape(message) : in_one_line(pq.result_error_message(result)),
        statement };
}

} // namespace relayctl::postgresql

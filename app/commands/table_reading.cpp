#include "app/commands/table_reading.hpp"

#include "app/cli/report.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

bool TableReading::attempt(const TableName& table, const std::function<void()>& work)
{
    try {
        work();
        return true;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted || context_.tables().size() == 1) {
            throw;
        }
        failures_.push_back({ table, error.kind(), error.what() });
        report_warning(
            context_, escape(table.to_string()) + ": could not be read: " + error.what());
        return false;
    }
}

// The tables that could be read have been shown; the status still tells that not all were.
void TableReading::throw_first() const
{
    std::vector<std::string> names;
    std::transform(failures_.begin(), failures_.end(), std::back_inserter(names),
        [](const Failure& failure) { return escape(failure.table.to_string()); });
    if (!names.empty()) {
        throw Error(failures_.front().kind, "not every table could be read: " + join(names, ", "));
    }
}

} // namespace relayctl

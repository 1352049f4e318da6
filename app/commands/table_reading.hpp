// Reads several tables for a command, so that one which cannot be read keeps no other from it.
#pragma once

#include "app/cli/context.hpp"

#include <functional>
#include <string>
#include <vector>

namespace relayctl {

// Collects the failures of reading, to end with an error after everything else was shown.
class TableReading {
public:
    // One table that could not be read, and why.
    struct Failure {
        TableName table;
        ErrorKind kind;
        std::string message;
    };

    explicit TableReading(Context& context)
        : context_(context)
    {
    }

    // Returns false if the work failed, which is said as a warning. Where the command is about this
    // table only, its error is thrown as it is, and an interruption always is.
    bool attempt(const TableName& table, const std::function<void()>& work);
    // Returns the failures so far, in the order of the reading.
    const std::vector<Failure>& failures() const noexcept { return failures_; }
    // Throws an error of the kind of the first failure, if there was any.
    void throw_first() const;

private:
    Context& context_;
    std::vector<Failure> failures_;
};

} // namespace relayctl

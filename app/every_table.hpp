// One command in every one of the tables: each by itself, so that one which cannot be read or
// changed keeps no other from it.
#pragma once

#include "app/commands/change.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Refuses what could change no table at all: the errors of require_writable(), where there are
// several those of choose_table().
void require_any_changeable(Context& context);

// What is read of each of the tables. A table that cannot be read is named on standard error, and
// the others are read all the same.
class TableReading {
public:
    struct Failure {
        TableName table;
        ErrorKind kind;
        std::string message;
    };

    explicit TableReading(Context& context)
        : context_(context)
    {
    }

    // Whether the work went well. Where there is only this table, its error is thrown as it is, and
    // interrupts always are.
    bool attempt(const TableName& table, const std::function<void()>& work);
    const std::vector<Failure>& failures() const noexcept { return failures_; }
    // An error of the kind of the first failure, if there was any.
    void throw_first() const;

private:
    Context& context_;
    std::vector<Failure> failures_;
};

class EveryTable {
public:
    struct Member {
        TableOutcome outcome;
        std::optional<Document> document; // what of the scope was there at first; none: it is not
                                          // ours, or could not be read
        std::optional<ErrorKind> failure; // the first one
        std::string state; // that the failure has left, where it is not plain
    };

    // Of context.tables(). The scope and the options must outlive it.
    EveryTable(Context& context, const ChangeOptions& options, const Scope& scope);

    std::vector<Member>& members() noexcept { return members_; }

    // Runs the work. Where it fails, that is named on standard error, and kept for finish(). Where
    // there is only this table, the error is thrown as it is, and interrupts always are.
    void attempt(Member& member, const std::function<void()>& work);

    // Reads what each table that relayctl can change has of the scope; the others are left without
    // a document. require: what else must hold of a table, else it throws.
    void look(const std::function<void(const TableName&)>& require = {});
    // Makes the plans for all that was read, so that what is refused is refused before anything is
    // changed.
    void require_plannable(const ReportingPlanner& planner) const;
    // Whether any table has failed so far.
    bool any_failed() const;
    // Publishes what the planner wants in one table, or with --dry-run shows it.
    void change(Member& member, const ReportingPlanner& planner);

    // Writes the result for programs and returns whether anything was, or with --dry-run is, to
    // change. Errors: where a table has failed, an error of the kind of the first failure; those of
    // require_revoked(). what: "not annotated in every table". named: as for write_outcomes().
    bool finish(const std::string& what, std::vector<Hint> hints = {},
        const std::vector<const CertificateFile*>* named = nullptr);

private:
    void throw_what_failed(const std::string& what, std::vector<Hint> hints) const;
    std::string state_of_all() const;

    Context& context_;
    const ChangeOptions& options_;
    const Scope& scope_;
    std::vector<Member> members_;
};

} // namespace relayctl

// One operation in each of several tables: each by itself, so that one which cannot be read or
// changed keeps no other from it.
#pragma once

#include "core/operations/change.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// The tables of a command with their outcomes. They are read first, so that what is to be refused
// is refused before any of them is changed; then they are changed one by one.
class EveryTable {
public:
    struct Member {
        TableOutcome outcome;
        // The entries of the scope, as read() found them. None where relayctl cannot change the
        // table, or could not read it.
        std::optional<Document> document;
        std::optional<ErrorKind> failure; // the first one
        std::string state; // what the failure has left behind; empty where that is plain
    };

    // All of them must outlive it.
    EveryTable(const TableAccess& access, const ChangeOptions& options, const Scope& scope,
        Observer& observer);

    std::vector<Member>& members() noexcept { return members_; }
    // Returns true if there is only one table, whose errors need not name it.
    bool is_single() const noexcept { return members_.size() == 1; }

    // Runs the work. A failure is told to the observer and kept for result(). Where there is only
    // one table, its error is thrown as it is, and an interruption always is.
    void attempt(Member& member, const std::function<void()>& work);

    // Reads the entries of the scope from each table that relayctl can change. require: called
    // before that for each table; throws what keeps it from being changed.
    void read(const std::function<void(const TableName&)>& require = {});
    // Returns true if a table could not be read or changed.
    bool any_failed() const;
    // Publishes what the planner wants in one table, or in a dry run shows it.
    void change(Member& member, const ReportingPlanner& planner);

    // The outcomes; its failure is of the kind of the first failure of a table, and names all
    // tables that failed. what: "not annotated in every table".
    ChangeResult result(const std::string& what, std::vector<Hint> hints = {}) const;

private:
    std::string state_of_all() const;

    const TableAccess& access_;
    const ChangeOptions& options_;
    const Scope& scope_;
    Observer& observer_;
    std::vector<Member> members_;
};

} // namespace relayctl

// The map of a source that is not yet published: built beside, asked, then put in the place of the real one.
#pragma once

#include "core/postfix/postfix.hpp"
#include "core/publish/paths.hpp"
#include "core/publish/publish.hpp"
#include "core/publish/replace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Removes files when it goes.
class RemoveOnExit {
public:
    RemoveOnExit() = default;
    ~RemoveOnExit();
    RemoveOnExit(const RemoveOnExit&) = delete;
    RemoveOnExit& operator=(const RemoveOnExit&) = delete;
    std::vector<std::string> names;
};

class TrialMap {
public:
    // Builds it from text, which must outlive it. text_is_there: paths.trial names a file with that text already.
    TrialMap(Postfix& postfix, const TablePaths& paths, const std::string& text, bool text_is_there);

    // Stops (ErrorKind::postfix) where postmap warned of a line that the plan adds, or the map does not answer as planned.
    void examine(const Plan& plan);

    // Makes it the map that Postfix uses, and asks that one again. An existing lmdb map is written in place by postmap: one
    // transaction, live at once even for open sessions (lmdb_table(5)). Every other map is exchanged.
    void publish(const Plan& plan);
    void finish();
    // Brings the old map back after a failure. The source must already be the old one again. False where it could not.
    bool undo() noexcept;

    bool had_map() const noexcept { return had_map_; }
    std::size_t old_warnings() const noexcept { return old_warnings_; }
    const std::vector<std::string>& other_messages() const noexcept { return other_messages_; }

private:
    void require_answers(const TableName& table, const Plan& plan);

    Postfix& postfix_;
    const TablePaths& paths_;
    RemoveOnExit leftovers_;
    const std::string& text_;
    MapBuild build_;
    std::string target_;
    bool had_map_ = false;
    bool wrote_in_place_ = false;
    std::optional<Replacement> replacement_;
    std::size_t old_warnings_ = 0;
    std::vector<std::string> other_messages_;
};

} // namespace relayctl

// The map of a source that is not yet published: made beside, asked, then put in the place of the
// real one.
#pragma once

#include "core/base/hint.hpp"
#include "core/postfix/postfix.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/publish.hpp"
#include "core/store/text_table/replace.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
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

// What must be answered by a map: keys and their values, or nothing.
using Answers = std::vector<std::pair<std::string, std::optional<std::string>>>;

// The text that a map is made of.
struct NewText {
    std::span<const std::string_view> pieces;
    const OpenFile* model; // the old source, for the rights; nullptr where there was none
    bool is_there; // paths.trial names a file with it already
};

class TrialMap {
public:
    // Both must outlive it. answers: what the new map must say.
    TrialMap(Postfix& postfix, const TablePaths& paths, Answers answers);

    // Has postmap make it of the new text. written: the lines that are new in it, asked for where
    // postmap has something to say.
    using Written = std::function<std::vector<LineRange>()>;
    void build(const NewText& text, const Plan& plan, const Written& written);

    // Changes a copy of the published map, which is known to be that of the old text. An existing
    // lmdb map needs no copy: publish() changes it in place, in one transaction. False where the
    // map was changed by somebody else meanwhile.
    bool update(const MapUpdate& update);

    // Makes it the map that Postfix uses, and asks that one again. An existing lmdb map is written
    // in place by postmap: one transaction, live at once even for open sessions (lmdb_table(5)).
    // Every other map is exchanged.
    void publish();
    void finish();
    // Brings the old map back after a failure. False where it could not.
    bool undo() noexcept;
    // Whether undo() has postmap make the map of the source, which must be the old one before that.
    bool is_undone_from_source() const noexcept { return wrote_in_place_; }

    bool had_map() const noexcept { return had_map_; }
    std::size_t old_warnings() const noexcept { return old_warnings_; }
    const std::vector<std::string>& other_messages() const noexcept { return other_messages_; }

private:
    bool is_lmdb_in_place() const { return had_map_ && target_.ends_with(".lmdb"); }
    bool is_mounted() const; // a mount point, which is to be written in place
    void write_in_place();
    void sort_out(
        const std::vector<std::string>& warnings, const Plan& plan, const Written& written);
    void require_answers(const TableName& table);
    std::vector<Hint> hints_for_a_wrong_map() const;

    Postfix& postfix_;
    const TablePaths& paths_;
    Answers answers_;
    RemoveOnExit leftovers_;
    std::string target_; // the map that Postfix uses
    std::string fresh_; // the one that is to become it
    bool had_map_ = false;
    std::optional<MapUpdate> in_place_;
    bool wrote_in_place_ = false;
    std::optional<Replacement> replacement_;
    std::size_t old_warnings_ = 0;
    std::vector<std::string> other_messages_;
};

} // namespace relayctl

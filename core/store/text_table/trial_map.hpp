// The map of a source that is not published yet. It is made beside the real one, asked, and then
// put in its place.
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

// Removes files when it is destroyed.
class RemoveOnExit {
public:
    RemoveOnExit() = default;
    ~RemoveOnExit();
    RemoveOnExit(const RemoveOnExit&) = delete;
    RemoveOnExit& operator=(const RemoveOnExit&) = delete;
    std::vector<std::string> names;
};

// The keys that a map is asked for, with the values that it must answer; no value: it must not have
// the key.
using Answers = std::vector<std::pair<std::string, std::optional<std::string>>>;

// The text that a map is made of.
struct NewText {
    std::span<const std::string_view> pieces;
    const OpenFile* model; // the old source, for the rights; nullptr where there was none
    bool is_there; // paths.trial names a file with it already
};

// One map on its way to its place. Destroyed before finish(), it removes what it has made beside
// the real one.
class TrialMap {
public:
    // Both must outlive it.
    TrialMap(Postfix& postfix, const TablePaths& paths, Answers answers);

    // Has postmap make the map of the new text. written() returns the lines that are new in it; it
    // is called if postmap has something to say. Errors: ErrorKind::postfix if postmap fails, warns
    // of one of these lines, or makes a map that does not give the answers.
    using Written = std::function<std::vector<LineRange>()>;
    void build(const NewText& text, const Plan& plan, const Written& written);

    // Changes a copy of the published map, which must be that of the old text. An existing lmdb map
    // needs no copy: publish() changes it in place, in one transaction. Returns false if somebody
    // else changed the map meanwhile, or if no copy can take its place. Errors: those of build().
    bool update(const MapUpdate& update);

    // Makes it the map that Postfix uses, and asks that one again. postmap writes an existing lmdb
    // map in place: in one transaction, which open sessions see at once (lmdb_table(5)). Every
    // other map is exchanged.
    void publish();
    // Removes the old map.
    void finish();
    // Brings the old map back after a failure. Returns false if it could not.
    bool undo() noexcept;
    // Returns true if undo() has postmap make the map of the source, which must be the old one by
    // then.
    bool is_undone_from_source() const noexcept { return wrote_in_place_; }

    bool had_map() const noexcept { return had_map_; }
    // Returns how many warnings of postmap were about lines that were there before, and what it
    // said about other things than this table.
    std::size_t old_warnings() const noexcept { return old_warnings_; }
    const std::vector<std::string>& other_messages() const noexcept { return other_messages_; }

private:
    // Returns true if postmap changes the map in transactions, as that of lmdb.
    bool is_transactional() const;
    bool is_mounted() const; // true for a mount point, which is to be written in place
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

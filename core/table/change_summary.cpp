#include "core/table/change_summary.hpp"

#include "core/base/local_day.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace relayctl {

namespace {

// Returns the words about a part of an annotation that was changed: "owner Anna", or "no owner any
// more" where it is empty now.
std::string part_in_words(const std::string& name, const std::string& value)
{
    return value.empty() ? "no " + name + " any more" : name + ' ' + escape(value);
}

// Says what became of the annotation of an entry: "until 2027-05-31, owner Anna"; empty if that was
// only what its certificate says.
std::string annotation_in_words(const Annotation& old, const Annotation& now)
{
    std::vector<std::string> words;
    if (old.until != now.until) {
        words.push_back(now.until ? "until " + end_in_words(*now.until) : "no end any more");
    }
    if (old.retire_after != now.retire_after) {
        words.push_back(now.retire_after ? "to retire at " + to_rfc3339(*now.retire_after)
                                         : "not to retire any more");
    }
    if (old.owner != now.owner) {
        words.push_back(part_in_words("owner", now.owner));
    }
    if (old.note != now.note) {
        words.push_back(part_in_words("note", now.note));
    }
    return join(words, ", ");
}

bool is_renamed(const EntryChange& change)
{
    return change.before && change.after && change.before->host != change.after->host;
}

// Returns the host of an entry and, if it was changed, what became of it.
std::string name_of(const EntryChange& change)
{
    const auto& [before, after] = change;
    const std::string name = (is_renamed(change) ? escape(before->host) + " to " : "")
        + escape((after ? after : before)->host);
    const std::string words
        = before && after ? annotation_in_words(before->annotation, after->annotation) : "";
    return words.empty() ? name : name + " (" + words + ')';
}

} // namespace

std::string summary_of(std::span<const EntryChange> changes)
{
    constexpr std::size_t most = 3; // names that are told
    struct Kind {
        const char* what;
        std::size_t count = 0;
        std::vector<std::string> names = {};
    };
    enum : std::size_t { added, removed, renamed, annotated, changed };
    std::array<Kind, 5> kinds{ { { " added" }, { " removed" }, { " renamed" }, { " annotated" },
        { " changed" } } };
    for (const EntryChange& change : changes) {
        const auto& [before, after] = change;
        Kind& kind = kinds.at(!before                     ? added
                : !after                                  ? removed
                : is_renamed(change)                      ? renamed
                : before->annotation != after->annotation ? annotated
                                                          : changed);
        const std::string name = name_of(change);
        ++kind.count;
        // Several entries of one host have one name.
        if (kind.names.size() <= most
            && std::find(kind.names.begin(), kind.names.end(), name) == kind.names.end()) {
            kind.names.push_back(name);
        }
    }
    std::vector<std::string> words;
    for (Kind& kind : kinds) {
        if (kind.names.size() > most) {
            kind.names.back() = "...";
        }
        if (kind.count > 0) {
            words.push_back(count_of(kind.count, "entry", "entries") + kind.what + ": "
                + join(kind.names, ", "));
        }
    }
    return words.empty() ? "only lines that are no entries" : join(words, "; ");
}

} // namespace relayctl

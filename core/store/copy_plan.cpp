// The source of a copy is read once, entry by entry, and is never in memory as a whole; the target
// is a document. An entry that comes is looked up in the target, and what has not come by the end
// is removed. A target without entries needs no comparison: then whole lines are collected instead
// of edits.
#include "core/store/copy_plan.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/table/entry_index.hpp"
#include "core/table/host.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns true if postmap takes the text as one key, without quotes and escapes.
bool can_be_key(std::string_view key)
{
    return !key.empty() && key.front() != '#' && is_utf8(key)
        && std::none_of(key.begin(), key.end(), [](char c) {
               return is_blank(c) || static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'
                   || c == 0x7f;
           });
}

// Throws ErrorKind::input for a key or value that postmap would read as something else.
void require_line(std::string_view key, std::string_view value)
{
    if (!can_be_key(key)) {
        throw Error(
            ErrorKind::input, "the key " + quote(key, 100) + " cannot stand in a text table");
    }
    if (const auto problem = problem_with_label(value)) {
        throw Error(ErrorKind::input,
            escape(key) + ": the value " + quote(value, 100)
                + " cannot stand in a text table: " + *problem);
    }
}

// Compares all but the fingerprint that an annotation was written for.
bool same_content(Annotation a, const Annotation& b)
{
    a.for_fingerprint = b.for_fingerprint;
    return a == b;
}

// Returns the annotation with the fingerprint that it is for, as a line of a text table must name
// it.
Annotation bound(Annotation annotation, std::string_view key)
{
    const auto fingerprint = Fingerprint::from_written(key);
    annotation.for_fingerprint
        = fingerprint && annotation != Annotation() ? beginning_of(*fingerprint) : "";
    return annotation;
}

// Returns a fingerprint in capitals with colons, as people write it: postmap folds the case.
std::string written_key(std::string_view key)
{
    const auto fingerprint = Fingerprint::from_key(key);
    return fingerprint ? fingerprint->to_string() : std::string(key);
}

// Chooses the entries that the new map is asked for: the first ones, and more at growing distances.
// All of them are compared when the table is read again.
bool is_sample(std::size_t number)
{
    constexpr std::size_t first = 500;
    return number < first || (number & (number - 1)) == 0;
}

// Collects the lines for a source without entries.
class NewLines {
public:
    void add(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        // Strings of about a megabyte are filled one after the other: one string for all of them
        // would be moved again and again as it grows.
        if (lines_.empty() || lines_.back().size() > enough) {
            lines_.emplace_back();
            lines_.back().reserve(enough + (enough >> 4));
        }
        if (annotation != Annotation()) {
            lines_.back().append(to_line(bound(annotation, key))).append("\n");
        }
        lines_.back().append(written_key(key)).append(" ").append(value).append("\n");
    }

    std::vector<std::string> take() { return std::move(lines_); }

private:
    static constexpr std::size_t enough = 1 << 20;
    std::vector<std::string> lines_;
};

// Takes the entries of the copied table one by one, and compares each with the entry of the same
// key.
struct CopyPlanner {
    const Document& document;
    CopyResult& result;
    Plan plan = {};
    Editor editor{ document };
    NewLines lines = {};
    EntryIndex index{ document };
    const Entry* example = nullptr; // that would go or change
    // Of the entries of the document; empty where it has none.
    std::vector<bool> stays = std::vector<bool>(document.entries().size());

    void take(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        ++result.entries;
        const Entry* entry = stays.empty() ? nullptr : index.find_key(key);
        if (entry == nullptr) {
            add(key, value, annotation);
        } else {
            stays[static_cast<std::size_t>(entry - document.entries().data())] = true;
            update(*entry, key, value, annotation);
        }
    }

    // Removes the entries that did not come. Errors: those of require_allowed().
    Plan finish(const CopyOptions& options)
    {
        const auto entries = document.entries();
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!stays[i]) {
                example = example == nullptr ? &entries[i] : example;
                editor.erase(entries[i]);
                ++result.removed;
            }
        }
        require_allowed(options, result,
            example == nullptr
                ? ""
                : escape(document.key(*example)) + ' ' + escape(document.value(*example)));
        plan.added = result.added;
        plan.removed = result.removed;
        plan.edits = editor.take();
        plan.lines = lines.take();
        return std::move(plan);
    }

    void add(std::string_view key, std::string_view value, const Annotation& annotation)
    {
        require_line(key, value);
        answer(key, value);
        ++result.added;
        if (stays.empty()) {
            lines.add(key, value, annotation);
        } else {
            editor.append(written_key(key), value, bound(annotation, key));
        }
    }

    void update(const Entry& entry, std::string_view key, std::string_view value,
        const Annotation& annotation)
    {
        const bool same_value = document.value(entry) == value;
        const bool same_annotation = same_content(document.annotation(entry), annotation);
        result.updated += same_value && same_annotation ? 0 : 1;
        if (!same_value) {
            example = example == nullptr ? &entry : example;
            ++result.renamed;
            require_line(key, value);
            answer(key, value);
            editor.set_value(entry, value);
        }
        if (!same_annotation) {
            editor.set_annotation(entry, bound(annotation, key));
        }
    }

    // Notes what the new map must answer for this key.
    void answer(std::string_view key, std::string_view value)
    {
        const auto fingerprint
            = !stays.empty() || is_sample(result.added) ? Fingerprint::from_key(key) : std::nullopt;
        if (fingerprint) {
            plan.answers.emplace_back(*fingerprint, std::string(value));
        }
    }
};

} // namespace

void require_allowed(
    const CopyOptions& options, const CopyResult& result, const std::string& example)
{
    if (result.removed + result.renamed > 0 && !options.replace) {
        throw Error(ErrorKind::refused,
            count_of(result.removed + result.renamed, "entry", "entries") + " of the target, "
                + example + " among them, would go or get another host",
            { "to accept that, give --replace" });
    }
    if (result.entries == 0 && result.removed > 0 && !options.allow_empty) {
        throw Error(ErrorKind::refused,
            "the target would lose all " + count_of(result.removed, "entry", "entries")
                + ": nobody could relay any more",
            { "to accept that, give --allow-empty" });
    }
}

Plan plan_copy(const EntrySource& source, const Document& document, const CopyOptions& options,
    CopyResult& result)
{
    CopyPlanner planner{ document, result };
    source([&](std::string_view key, std::string_view value, const Annotation& annotation) {
        planner.take(key, value, annotation);
    });
    return planner.finish(options);
}

} // namespace relayctl

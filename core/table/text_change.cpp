// Splices are as small as an edit makes them. A record needs whole logical lines, so each splice is
// widened: to the lines it lies in, to the lines that continue these, and to the annotation above
// an entry or the entry below an annotation.
#include "core/table/text_change.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

namespace {

constexpr std::string_view annotation_mark = "# relayctl:";

std::size_t line_begin(std::string_view text, std::size_t position) noexcept
{
    const std::size_t before = position == 0 ? std::string::npos : text.rfind('\n', position - 1);
    return before == std::string::npos ? 0 : before + 1;
}

// Returns the place behind the newline of the line that position is in.
std::size_t line_end(std::string_view text, std::size_t position) noexcept
{
    const std::size_t newline = text.find('\n', position);
    return newline == std::string::npos ? text.size() : newline + 1;
}

bool is_comment_line(std::string_view line) noexcept
{
    return line.starts_with('#');
}

bool continues_line(std::string_view line) noexcept
{
    return !line.empty() && (line[0] == ' ' || line[0] == '\t') && !trim(line).empty();
}

// The last line of a text that ends with a newline or not.
std::string_view last_line(std::string_view text) noexcept
{
    return text.empty() ? text : text.substr(line_begin(text, text.size() - 1));
}

// Splices that lie in the same lines, with these lines.
struct Region {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t first = 0; // the number of its first splice
    std::size_t behind = 0; // that of the first one behind it
};

// Widens splices of one text.
struct Widening {
    std::string_view text;
    std::span<const Splice> splices;

    std::vector<TextChange> run() const
    {
        std::vector<TextChange> changes;
        std::size_t counted = 0; // up to here the lines are counted
        std::size_t line = 1;
        std::vector<Region> regions = merged();
        for (std::size_t i = 0; i < regions.size();) {
            Region region = regions[i++];
            std::string after = after_of(region);
            // A region that grows may reach the next ones, which may make it grow again.
            while (grow(region, after)) {
                while (i < regions.size() && regions[i].begin <= region.end) {
                    region.end = std::max(region.end, regions[i].end);
                    region.behind = regions[i++].behind;
                }
                after = after_of(region);
            }
            line += count_newlines(text.substr(counted, region.begin - counted));
            counted = region.begin;
            changes.push_back({ region.begin, line,
                std::string(text.substr(region.begin, region.end - region.begin)),
                std::move(after) });
        }
        return changes;
    }

    std::vector<Region> merged() const
    {
        std::vector<Region> regions;
        for (std::size_t i = 0; i < splices.size(); ++i) {
            const Region region = region_of(i);
            while (!regions.empty() && region.begin < regions.back().begin) {
                // It grew upwards over the one before.
                if (regions.size() == 1 || regions[regions.size() - 2].end < region.begin) {
                    regions.back().begin = region.begin;
                    break;
                }
                regions[regions.size() - 2].behind = regions.back().behind;
                regions[regions.size() - 2].end = regions.back().end;
                regions.pop_back();
            }
            if (!regions.empty() && region.begin <= regions.back().end) {
                regions.back().end = std::max(regions.back().end, region.end);
                regions.back().behind = i + 1;
            } else {
                regions.push_back(region);
            }
        }
        return regions;
    }

    // The lines of one splice, from the beginning of the logical line or annotation they belong to.
    Region region_of(std::size_t number) const
    {
        const Splice& splice = splices[number];
        Region region{ line_begin(text, splice.offset), splice.offset + splice.size, number,
            number + 1 };
        if (region.begin != region.end && text[region.end - 1] != '\n') {
            region.end = line_end(text, region.end);
        }
        const std::string_view first = text.substr(region.begin);
        if (continues_line(first.substr(0, first.find('\n')))) {
            region.begin = line_before(text, region.begin);
        }
        if (!is_comment_line(text.substr(region.begin)) && region.begin > 0) {
            const std::size_t above = line_begin(text, region.begin - 1);
            if (text.substr(above).starts_with(annotation_mark)) {
                region.begin = above;
            }
        }
        return region;
    }

    std::string after_of(const Region& region) const
    {
        std::string after;
        std::size_t at = region.begin;
        for (const Splice& splice : splices.subspan(region.first, region.behind - region.first)) {
            after.append(text.substr(at, splice.offset - at)).append(splice.replacement);
            at = splice.offset + splice.size;
        }
        return after.append(text.substr(at, region.end - at));
    }

    // Returns false if the region ends where a logical line does, before and after.
    bool grow(Region& region, std::string_view after) const
    {
        if (region.end >= text.size()) {
            return false;
        }
        const std::string_view before = text.substr(region.begin, region.end - region.begin);
        const bool is_open = !after.empty() && after.back() != '\n';
        const std::string_view next
            = text.substr(region.end, line_end(text, region.end) - region.end);
        const bool annotates = !is_comment_line(next) && !trim(next).empty()
            && (last_line(before).starts_with(annotation_mark)
                || last_line(after).starts_with(annotation_mark));
        if (is_open || annotates) {
            region.end = line_end(text, region.end);
            return true;
        }
        return grow_to_continuation(region);
    }

    // Comments and blank lines may stand between a line and its continuation.
    bool grow_to_continuation(Region& region) const
    {
        for (std::size_t at = region.end; at < text.size(); at = line_end(text, at)) {
            const std::string_view line = text.substr(at, line_end(text, at) - at);
            if (continues_line(line)) {
                region.end = line_end(text, at);
                return true;
            }
            if (!is_comment_line(line) && !trim(line).empty()) {
                return false;
            }
        }
        return false;
    }
};

std::size_t common_prefix(std::string_view a, std::string_view b) noexcept
{
    const std::size_t most = std::min(a.size(), b.size());
    return static_cast<std::size_t>(
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first
        - a.begin());
}

std::size_t common_suffix(std::string_view a, std::string_view b) noexcept
{
    const std::size_t most = std::min(a.size(), b.size());
    return static_cast<std::size_t>(
        std::mismatch(a.rbegin(), a.rbegin() + static_cast<std::ptrdiff_t>(most), b.rbegin()).first
        - a.rbegin());
}

} // namespace

std::vector<TextChange> text_changes(std::string_view text, std::span<const Splice> splices)
{
    return Widening{ text, splices }.run();
}

TextChange trimmed(const TextChange& change)
{
    const std::string_view before = change.before;
    const std::string_view after = change.after;
    std::size_t front = common_prefix(before, after);
    // Where one text goes on behind the other, that is what was appended or taken from its end.
    if (front < before.size() && front < after.size()) {
        front = line_begin(before, front);
    }
    std::size_t back = common_suffix(before.substr(front), after.substr(front));
    const std::size_t rest = before.size() - back;
    if (back > 0 && rest > front && before[rest - 1] != '\n') {
        back = before.size() - line_end(before, rest);
    }
    if (const std::size_t at = after.size() - back;
        back > 0 && at > front && after[at - 1] != '\n') {
        back = after.size() - line_end(after, at);
    }
    return { change.offset + front, change.line + count_newlines(before.substr(0, front)),
        std::string(before.substr(front, before.size() - back - front)),
        std::string(after.substr(front, after.size() - back - front)) };
}

bool is_before(std::string_view text, std::size_t size, std::span<const TextChange> changes)
{
    return text.size() == size
        && std::all_of(changes.begin(), changes.end(), [&](const TextChange& change) {
               return change.offset <= text.size()
                   && text.substr(change.offset).starts_with(change.before);
           });
}

bool is_after(std::string_view text, std::size_t size, std::span<const TextChange> changes)
{
    for (const TextChange& change : changes) {
        size += change.after.size() - change.before.size(); // modulo 2^64
    }
    return is_before(text, size, reversed(changes));
}

std::string text_after(std::string_view text, std::span<const TextChange> changes)
{
    std::string result;
    std::size_t at = 0;
    for (const TextChange& change : changes) {
        result.append(text.substr(at, change.offset - at)).append(change.after);
        at = change.offset + change.before.size();
    }
    return result.append(text.substr(at));
}

std::vector<TextChange> reversed(std::span<const TextChange> changes)
{
    std::vector<TextChange> back;
    std::size_t moved = 0; // modulo 2^64
    std::size_t lines = 0; // likewise
    for (const TextChange& change : changes) {
        back.push_back({ change.offset + moved, change.line + lines, change.after, change.before });
        moved += change.after.size() - change.before.size();
        lines += count_newlines(change.after) - count_newlines(change.before);
    }
    return back;
}

std::vector<EntryChange> entry_changes(std::span<const TextChange> changes)
{
    struct Sides {
        std::vector<EntryView> before;
        std::vector<EntryView> after;
    };
    std::map<std::string, std::size_t> numbers; // of the keys in lower case
    std::vector<Sides> keys; // in the order in which they come
    const auto take = [&](const std::string& text, std::size_t line, auto side) {
        const Document document(text);
        for (const Entry& entry : document.entries()) {
            const auto [found, is_new]
                = numbers.emplace(to_lower(document.key(entry)), keys.size());
            if (is_new) {
                keys.emplace_back();
            }
            EntryView view = view_of(document, entry);
            view.line += static_cast<std::uint32_t>(line - 1);
            (keys[found->second].*side).push_back(std::move(view));
        }
    };
    std::size_t moved = 0; // lines, modulo 2^64
    for (const TextChange& change : changes) {
        take(change.before, change.line, &Sides::before);
        take(change.after, change.line + moved, &Sides::after);
        moved += count_newlines(change.after) - count_newlines(change.before);
    }
    std::vector<EntryChange> result;
    for (Sides& key : keys) {
        for (std::size_t i = 0; i < std::max(key.before.size(), key.after.size()); ++i) {
            EntryChange change;
            if (i < key.before.size()) {
                change.before = std::move(key.before[i]);
            }
            if (i < key.after.size()) {
                change.after = std::move(key.after[i]);
            }
            if (!change.before || !change.after || !is_same_entry(*change.before, *change.after)) {
                result.push_back(std::move(change));
            }
        }
    }
    return result;
}

bool is_same_entry(const EntryView& one, const EntryView& other)
{
    return one.fingerprint == other.fingerprint && one.host == other.host
        && one.annotation == other.annotation;
}

TextSpan moved_by(std::span<const TextChange> changes, TextSpan span)
{
    const bool is_empty = span.begin == span.end;
    TextSpan result = span;
    std::size_t moved = 0; // modulo 2^64
    for (const TextChange& whole : changes) {
        const TextChange change = trimmed(whole);
        const std::size_t begin = change.offset;
        const std::size_t end = begin + change.before.size();
        const bool inserts = begin == end;
        const std::size_t longer = change.after.size() - change.before.size();
        if (begin > span.end) {
            break;
        }
        if (end < span.begin || (end == span.begin && !(inserts && is_empty))) {
            result.begin += longer;
        } else if (begin < span.begin) {
            result.begin = begin + moved + (is_empty ? change.after.size() : 0);
        }
        if (end < span.end || (end == span.end && !inserts)) {
            result.end += longer;
        } else if (begin < span.end) {
            result.end = begin + moved + change.after.size();
        }
        moved += longer;
    }
    return is_empty ? TextSpan{ result.begin, result.begin } : result;
}

} // namespace relayctl

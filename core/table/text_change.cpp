#include "core/table/text_change.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/physical_line.hpp"

#include <algorithm>
#include <unordered_map>

namespace relayctl {

namespace {

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
    std::unordered_map<std::string, std::size_t> numbers; // of the keys in lower case
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

// Splices are as small as an edit makes them. A record needs whole logical lines, so each splice is
// widened: to the lines it lies in, to those that continue them or that they continue, and to the
// annotation above an entry or the entry below an annotation.
#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/physical_line.hpp"
#include "core/table/scanner.hpp"
#include "core/table/text_change.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr std::string_view annotation_mark = "# relayctl:";

// Returns false for comments, also indented ones, and blank lines.
bool is_entry_line(std::string_view line) noexcept
{
    const std::string_view text = trim(line);
    return !text.empty() && text.front() != '#';
}

bool continues_line(std::string_view line) noexcept
{
    return is_entry_line(line) && is_blank(line.front());
}

// The last line of a text that ends with a newline or not.
std::string_view last_line(std::string_view text) noexcept
{
    return text.empty() ? text : text.substr(line_begin(text, text.size() - 1));
}

// Returns true if the first line that is neither a comment nor blank continues another one.
bool begins_with_continuation(std::string_view text) noexcept
{
    for (std::size_t at = 0; at < text.size(); at = line_end(text, at)) {
        const std::string_view line = text.substr(at, line_end(text, at) - at);
        if (is_entry_line(line)) {
            return continues_line(line);
        }
    }
    return false;
}

// Lines that change, and what becomes of them.
struct Region {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string after = {};
};

// Widens splices of one text.
struct Widening {
    std::string_view text;
    std::span<const Splice> splices;

    std::vector<TextChange> run() const
    {
        const std::vector<Region> lines = changed_lines();
        std::vector<Region> regions; // widened
        for (std::size_t i = 0; i < lines.size();) {
            Region region = lines[i++];
            do {
                // It may have reached those behind it and in front of it.
                while (i < lines.size() && lines[i].begin <= region.end) {
                    region.after += part(region.end, lines[i].begin);
                    region.after += lines[i].after;
                    region.end = lines[i++].end;
                }
                while (!regions.empty() && regions.back().end >= region.begin) {
                    prepend(region, regions.back());
                    regions.pop_back();
                }
            } while (grow_down(region) || grow_up(region, regions));
            regions.push_back(std::move(region));
        }
        return changes_of(regions);
    }

    std::string_view part(std::size_t begin, std::size_t end) const
    {
        return text.substr(begin, end - begin);
    }

    std::string_view line_at(std::size_t begin) const { return part(begin, line_end(text, begin)); }

    // Returns the lines of all splices. Those that touch are one region.
    std::vector<Region> changed_lines() const
    {
        std::vector<Region> regions;
        std::size_t at = 0; // up to here the text is in the last region
        for (const Splice& splice : splices) {
            const std::size_t begin = line_begin(text, splice.offset);
            if (regions.empty() || begin > regions.back().end) {
                finish(regions, at);
                regions.push_back({ begin, begin });
                at = begin;
            }
            Region& region = regions.back();
            region.after.append(part(at, splice.offset)).append(splice.replacement);
            at = splice.offset + splice.size;
            region.end = std::max(
                region.end, at == region.begin || text[at - 1] == '\n' ? at : line_end(text, at));
        }
        finish(regions, at);
        return regions;
    }

    // Adds the rest of the last line of the last region.
    void finish(std::vector<Region>& regions, std::size_t at) const
    {
        if (!regions.empty()) {
            regions.back().after += part(at, regions.back().end);
        }
    }

    // Makes one region of two. front: it is in front of the region, or touches it.
    void prepend(Region& region, const Region& front) const
    {
        region.after = front.after + std::string(part(front.end, region.begin)) + region.after;
        region.begin = front.begin;
    }

    // Adds a line at the end. Returns false if the region ends where a logical line does, before
    // and after the change.
    bool grow_down(Region& region) const
    {
        if (region.end >= text.size()) {
            return false;
        }
        const bool is_open = !region.after.empty() && region.after.back() != '\n';
        const bool annotates = is_entry_line(line_at(region.end))
            && (last_line(part(region.begin, region.end)).starts_with(annotation_mark)
                || last_line(region.after).starts_with(annotation_mark));
        // Comments and blank lines may stand between a line and its continuation.
        if (!is_open && !annotates && !begins_with_continuation(text.substr(region.end))) {
            return false;
        }
        const std::string_view line = line_at(region.end);
        region.after += line;
        region.end += line.size();
        return true;
    }

    // Adds what stands in front: the line that its first line continues, or the annotation of its
    // first entry. Returns false if it begins where a logical line does.
    bool grow_up(Region& region, std::vector<Region>& regions) const
    {
        if (region.begin == 0) {
            return false;
        }
        const std::string_view before = part(region.begin, region.end);
        const std::string_view next = text.substr(region.end);
        const std::string_view after = region.after;
        std::size_t begin = line_begin(text, region.begin - 1);
        const bool continues = begins_with_continuation(before) || begins_with_continuation(after);
        if (continues) {
            begin = line_before(text, region.begin);
        } else if (!text.substr(begin).starts_with(annotation_mark)
            || (!is_entry_line(first_line(before.empty() ? next : before))
                && !is_entry_line(first_line(after.empty() ? next : after)))) {
            return false;
        }
        while (!regions.empty() && regions.back().end >= begin) {
            prepend(region, regions.back());
            regions.pop_back();
        }
        if (begin < region.begin) {
            prepend(region, { begin, begin });
        }
        return true;
    }

    static std::string_view first_line(std::string_view lines)
    {
        return lines.substr(0, line_end(lines, 0));
    }

    std::vector<TextChange> changes_of(std::vector<Region>& regions) const
    {
        std::vector<TextChange> changes;
        std::size_t counted = 0; // up to here the lines are counted
        std::size_t line = 1;
        for (Region& region : regions) {
            line += count_newlines(part(counted, region.begin));
            counted = region.begin;
            changes.push_back({ region.begin, line, std::string(part(region.begin, region.end)),
                std::move(region.after) });
        }
        return changes;
    }
};

} // namespace

std::vector<TextChange> text_changes(std::string_view text, std::span<const Splice> splices)
{
    return Widening{ text, splices }.run();
}

} // namespace relayctl

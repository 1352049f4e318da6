#include "core/table/line_difference.hpp"

#include "core/table/physical_line.hpp"

#include <algorithm>
#include <unordered_map>

namespace relayctl {

namespace {

// A line that is in both texts.
struct Match {
    std::size_t in_old;
    std::size_t in_new;
};

// Two texts as lines.
struct LineDifference {
    std::vector<std::string_view> old_lines;
    std::vector<std::string_view> new_lines;
    std::vector<Splice> splices = {};
    std::size_t old_begin = 0; // where the lines that are still to be compared begin
    std::size_t new_begin = 0;
    std::size_t offset = 0; // in bytes of the old text

    std::vector<Splice> run()
    {
        skip_equal(old_lines.size(), new_lines.size());
        for (const Match& match : anchors()) {
            if (match.in_old < old_begin || match.in_new < new_begin) {
                continue; // the lines in front of it were equal up to here
            }
            replace_up_to(match.in_old, match.in_new);
            skip_equal(old_lines.size(), new_lines.size());
        }
        replace_up_to(old_lines.size(), new_lines.size());
        return std::move(splices);
    }

    void skip_equal(std::size_t old_end, std::size_t new_end)
    {
        while (old_begin < old_end && new_begin < new_end
            && old_lines[old_begin] == new_lines[new_begin]) {
            offset += old_lines[old_begin].size();
            ++old_begin;
            ++new_begin;
        }
    }

    // What lies in front of two equal lines differs, but for its end.
    void replace_up_to(std::size_t old_end, std::size_t new_end)
    {
        std::size_t old_last = old_end;
        std::size_t new_last = new_end;
        while (old_last > old_begin && new_last > new_begin
            && old_lines[old_last - 1] == new_lines[new_last - 1]) {
            --old_last;
            --new_last;
        }
        Splice splice{ offset, 0, {} };
        for (; old_begin < old_last; ++old_begin) {
            splice.size += old_lines[old_begin].size();
        }
        for (; new_begin < new_last; ++new_begin) {
            splice.replacement += new_lines[new_begin];
        }
        offset += splice.size;
        if (splice.size > 0 || !splice.replacement.empty()) {
            splices.push_back(std::move(splice));
        }
        skip_equal(old_end, new_end);
    }

    // Returns lines that are in each text once, as many as there are in the same order in both.
    std::vector<Match> anchors() const
    {
        struct Places {
            std::size_t old_count = 0;
            std::size_t new_count = 0;
            std::size_t in_old = 0;
        };
        std::unordered_map<std::string_view, Places> places;
        for (std::size_t i = old_begin; i < old_lines.size(); ++i) {
            Places& place = places[old_lines[i]];
            ++place.old_count;
            place.in_old = i;
        }
        for (std::size_t i = new_begin; i < new_lines.size(); ++i) {
            if (const auto found = places.find(new_lines[i]); found != places.end()) {
                ++found->second.new_count;
            }
        }
        std::vector<Match> matches; // by their place in the new text
        for (std::size_t i = new_begin; i < new_lines.size(); ++i) {
            const auto found = places.find(new_lines[i]);
            if (found != places.end() && found->second.old_count == 1
                && found->second.new_count == 1) {
                matches.push_back({ found->second.in_old, i });
            }
        }
        return longest_rising(matches);
    }

    // Returns the longest part of the matches whose places in the old text rise.
    static std::vector<Match> longest_rising(const std::vector<Match>& matches)
    {
        std::vector<std::size_t> ends; // of the rising parts of each length, the lowest end
        std::vector<std::size_t> before(matches.size()); // the match in front, in its part
        for (std::size_t i = 0; i < matches.size(); ++i) {
            const auto place = std::lower_bound(ends.begin(), ends.end(), matches[i].in_old,
                [&](std::size_t end, std::size_t at) { return matches[end].in_old < at; });
            before[i] = place == ends.begin() ? matches.size() : *(place - 1);
            if (place == ends.end()) {
                ends.push_back(i);
            } else {
                *place = i;
            }
        }
        std::vector<Match> rising;
        for (std::size_t i = ends.empty() ? matches.size() : ends.back(); i < matches.size();
             i = before[i]) {
            rising.push_back(matches[i]);
        }
        std::reverse(rising.begin(), rising.end());
        return rising;
    }
};

} // namespace

std::vector<Splice> line_difference(std::string_view old_text, std::string_view new_text)
{
    return LineDifference{ whole_lines(old_text), whole_lines(new_text) }.run();
}

} // namespace relayctl

#include "core/x509/pem_blocks.hpp"

#include "core/base/text.hpp"
#include "core/x509/base64.hpp"
#include "core/x509/escaped_text.hpp"

#include <algorithm>
#include <optional>

namespace relayctl {

namespace {

// "-----BEGIN LABEL-----" or "-----END LABEL-----".
struct Marker {
    bool is_begin = false;
    std::string label;
    std::size_t begin = 0;
    std::size_t end = 0; // behind it
};

// Returns the marker whose dashes begin here. Has no value if there is none.
std::optional<Marker> marker_at(std::string_view text, std::size_t at)
{
    constexpr std::size_t longest = 80; // of "BEGIN " with the label
    constexpr std::size_t dashes = 5;
    std::size_t word = text.find_first_not_of('-', at);
    word = std::min(text.find_first_not_of(" \t", word), text.size());
    const std::string_view line = text.substr(word, longest);
    const bool is_begin = line.starts_with("BEGIN ");
    const std::size_t close = line.substr(0, line.find_first_of("\r\n")).find("--");
    if ((!is_begin && !line.starts_with("END ")) || close == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t label = is_begin ? 6 : 4;
    // Two markers may follow each other without a line end between them.
    const std::size_t last = std::min(text.find_first_not_of('-', word + close), text.size());
    return Marker{ is_begin, std::string(trim(line.substr(label, close - label))), at,
        std::min(last, word + close + dashes) };
}

std::vector<Marker> markers_of(std::string_view text)
{
    std::vector<Marker> markers;
    for (std::size_t at = 0; (at = text.find("--", at)) != std::string_view::npos;) {
        if (auto marker = marker_at(text, at)) {
            at = marker->end;
            markers.push_back(*std::move(marker));
        } else {
            at = std::min(text.find_first_not_of('-', at), text.size());
        }
    }
    return markers;
}

// Returns true for what may stand around base64: white space, quotes, and what marks a quoted line
// or a comment.
bool is_filler(char c)
{
    return is_blank(c) || std::string_view("\"'`,;>|#*").find(c) != std::string_view::npos;
}

// Returns true if only white space and marks stand before this place on its line.
bool is_first_on_line(std::string_view text, std::size_t at)
{
    const std::size_t line = text.substr(0, at).find_last_of("\r\n") + 1;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(line),
        text.begin() + static_cast<std::ptrdiff_t>(at), is_filler);
}

// Reads what stands between two markers.
void read_body(PemBlock& block, std::string_view body)
{
    std::string letters;
    while (!body.empty()) {
        const std::size_t end = std::min(body.find_first_of("\r\n"), body.size());
        const std::string_view line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (letters.empty() && line.find(':') != std::string_view::npos) {
            block.headers += std::string(trim(line)) + '\n';
            continue;
        }
        std::copy_if(line.begin(), line.end(), std::back_inserter(letters),
            [](char c) { return !is_filler(c); });
    }
    if (auto der = decode_base64(letters)) {
        block.der = *std::move(der);
        return;
    }
    const auto bad = std::find_if(
        letters.begin(), letters.end(), [](char c) { return !is_base64(c) && c != '='; });
    block.problem = bad == letters.end()
        ? "is damaged: letters of its base64 are missing"
        : "is damaged: " + quote(std::string(1, *bad)) + " is no letter of base64";
}

} // namespace

std::string PemBlock::text() const
{
    return "-----BEGIN " + label + "-----\n" + headers + (headers.empty() ? "" : "\n")
        + encode_base64_lines(der) + "-----END " + label + "-----\n";
}

std::vector<PemBlock> pem_blocks(std::string_view given)
{
    if (given.find("BEGIN") == std::string_view::npos) {
        return {};
    }
    const std::string text = without_escapes(given);
    const std::vector<Marker> markers = markers_of(text);
    std::vector<PemBlock> blocks;
    for (std::size_t i = 0; i < markers.size(); ++i) {
        const Marker& begin = markers[i];
        const bool has_end = i + 1 < markers.size() && !markers[i + 1].is_begin;
        if (!begin.is_begin || (!has_end && !is_first_on_line(text, begin.begin))) {
            continue;
        }
        PemBlock& block = blocks.emplace_back();
        block.label = begin.label;
        if (!has_end) {
            block.problem = "is cut off: its end is missing";
        } else if (markers[i + 1].label != begin.label) {
            block.problem = "ends as " + quote(markers[i + 1].label);
        } else {
            read_body(
                block, std::string_view(text).substr(begin.end, markers[i + 1].begin - begin.end));
        }
    }
    return blocks;
}

} // namespace relayctl

#include "app/entry_view.hpp"
#include "app/render/text.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

// A cell of the table for people.
struct Cell {
    std::string text;
    std::string_view color = {};
};

constexpr std::size_t column_count = 7;
constexpr std::array<std::string_view, column_count> titles = {"HOST", "KIND", "EXPIRES", "SUBJECT", "ADDED", "NOTE", "FINGERPRINT"};
constexpr std::array<std::size_t, column_count> most = {40, 4, 24, 40, 40, 60, 200};
constexpr std::size_t added_column = 4;
using Row = std::array<Cell, column_count>;

// Characters as a terminal counts them, near enough: bytes that begin one.
std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string cut(std::string text, std::size_t width)
{
    if (width_of(text) <= width) {
        return text;
    }
    std::size_t end = 0;
    for (std::size_t characters = 0; characters < width; ++end) {
        characters += (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80 ? 1 : 0;
    }
    text.resize(end - 1);
    return text + "~";
}

Cell expiry_cell(const Annotation& annotation, Time now)
{
    if (!annotation.expires) {
        return {};
    }
    const auto left = *annotation.expires - now;
    if (is_expired(annotation, now)) {
        return {"expired " + in_words(left) + " ago", "\033[1;31m"};
    }
    return {"in " + in_words(left), left < 30 * 24h ? "\033[1;33m" : ""};
}

std::string retirement(const Annotation& annotation, Time now)
{
    if (!annotation.retire_after) {
        return "";
    }
    const std::string distance = in_words(*annotation.retire_after - now);
    return is_retired(annotation, now) ? "retired " + distance + " ago" : "retires in " + distance;
}

Cell note_cell(const Annotation& annotation, Time now)
{
    const std::string retires = retirement(annotation, now);
    const std::string between = retires.empty() || annotation.note.empty() ? "" : "; ";
    return {retires + between + escape(annotation.note), retires.empty() ? "" : "\033[33m"};
}

std::string added_text(const Annotation& annotation)
{
    return (annotation.added ? to_date(*annotation.added) : "") + (annotation.by.empty() ? "" : " by " + escape(annotation.by));
}

Row row_of(const EntryView& entry, Time now)
{
    const Annotation& annotation = entry.annotation;
    Row row = {Cell{escape(entry.host)}, Cell{annotation.kind}, expiry_cell(annotation, now), Cell{escape(annotation.subject)},
               Cell{added_text(annotation)}, note_cell(annotation, now), Cell{escape(entry.fingerprint)}};
    for (std::size_t i = 1; i + 1 < column_count; ++i) {
        row[i].text = cut(std::move(row[i].text), most[i]);
    }
    return row;
}

void write_row(std::ostream& out, const Row& row, const std::array<std::size_t, column_count>& widths, bool colored)
{
    std::string line;
    for (std::size_t i = 0; i < column_count; ++i) {
        if (widths[i] == 0) {
            continue;
        }
        const bool paint = colored && !row[i].color.empty() && !row[i].text.empty();
        line += (paint ? std::string(row[i].color) : "") + row[i].text + (paint ? "\033[0m" : "");
        if (i + 1 < column_count) {
            line.append(std::max(widths[i], width_of(row[i].text)) - width_of(row[i].text) + 2, ' ');
        }
    }
    out << line << '\n';
}

} // namespace

void write_table(Context& context, const Document& document, const std::vector<const Entry*>& entries, bool everything)
{
    const Time now = context.now();
    std::array<std::size_t, column_count> widths{};
    for (const Entry* entry : entries) {
        const Row row = row_of(view_of(document, *entry), now);
        for (std::size_t i = 0; i < column_count; ++i) {
            widths[i] = std::max(widths[i], std::min(width_of(row[i].text), most[i]));
        }
    }
    if (!everything) {
        widths[added_column] = 0;
    }
    Row header;
    for (std::size_t i = 0; i < column_count; ++i) {
        header[i] = {std::string(titles[i]), "\033[1m"};
        widths[i] = widths[i] == 0 ? 0 : std::max(widths[i], titles[i].size());
    }
    write_row(context.out(), header, widths, context.colored_output());
    for (const Entry* entry : entries) {
        write_row(context.out(), row_of(view_of(document, *entry), now), widths, context.colored_output());
    }
}

} // namespace relayctl

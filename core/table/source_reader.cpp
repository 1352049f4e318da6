#include "core/table/source_reader.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the beginning of the physical line in front of this one.
std::size_t physical_line_before(std::string_view text, std::size_t begin) noexcept
{
    const std::size_t newline = begin >= 2 ? text.rfind('\n', begin - 2) : std::string_view::npos;
    return newline == std::string_view::npos ? 0 : newline + 1;
}

// Returns true for a comment, which may be indented.
bool is_comment(std::string_view line) noexcept
{
    const auto first = std::find_if_not(
        line.begin(), line.end(), [](char c) { return is_blank(c) && c != '\n'; });
    return first != line.end() && *first == '#';
}

// Returns the last offset at which a piece can end: before a logical line and the comments directly
// above it. 0 if there is none.
std::size_t last_boundary(std::string_view text) noexcept
{
    for (std::size_t line = line_before(text, text.size()); line > 0;
         line = line_before(text, line)) {
        // Comments directly above an entry may be its annotation, so they stay with it.
        std::size_t boundary = line;
        while (boundary > 0) {
            const std::size_t above = physical_line_before(text, boundary);
            if (!is_comment(text.substr(above, boundary - above))) {
                break;
            }
            boundary = above;
        }
        if (boundary > 0) {
            return boundary;
        }
    }
    return 0;
}

} // namespace

SourceReader::SourceReader(OpenFile file, std::string path, std::size_t about)
    : file_(std::move(file))
    , path_(std::move(path))
    , about_(about)
{
}

// The memory is not larger than what is left, since it takes its time, too. If the file has grown,
// more pieces follow.
std::size_t SourceReader::expected_left() const noexcept
{
    const auto size = static_cast<std::uint64_t>(file_.status.st_size);
    return static_cast<std::size_t>(size > read_ ? size - read_ : 0) + 1;
}

std::optional<Document> SourceReader::next()
{
    if (read_ == 0 && !at_end_
        && static_cast<std::uint64_t>(file_.status.st_size) <= about_) { // it is its only part
        std::string whole = read_open_file(file_, path_);
        at_end_ = true;
        return whole.empty() ? std::nullopt : std::optional(Document(std::move(whole)));
    }
    std::string text = std::move(rest_);
    rest_.clear();
    std::size_t boundary = 0;
    while (!at_end_ && boundary == 0) {
        const std::size_t had = text.size();
        // Without a boundary in it the piece grows to twice its size.
        const std::size_t wanted = had + std::min(std::max(about_, had), expected_left());
        text.resize(wanted);
        text.resize(had + read_up_to(file_.fd.get(), std::span(text).subspan(had), path_));
        read_ += text.size() - had;
        at_end_ = text.size() < wanted;
        // Pieces of two states of the file would make a table that never was.
        if (has_changed(file_)) {
            throw_being_changed(path_);
        }
        boundary = at_end_ ? text.size() : last_boundary(text);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    rest_ = text.substr(boundary);
    text.resize(boundary);
    const std::uint32_t lines_before = lines_;
    lines_ += static_cast<std::uint32_t>(count_newlines(text));
    return Document(std::move(text), lines_before);
}

} // namespace relayctl

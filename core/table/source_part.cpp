#include "core/table/source_part.hpp"

#include "core/base/bytes.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>
#include <span>

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

// Returns the last offset at which a part can end: before a logical line and the comments directly
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

PartReader::PartReader(int fd, std::string path, std::size_t size, std::size_t about)
    : fd_(fd)
    , path_(std::move(path))
    , size_(size)
    , about_(about)
    , is_at_end_(size == 0)
{
}

bool PartReader::next(SourcePart& part)
{
    if (is_at_end_) {
        return false;
    }
    part.begin = read_ - rest_.size();
    part.lines_before = lines_;
    // What the text has behind the rest is overwritten, so that it need not be cleared.
    std::string& text = part.text;
    text.replace(0, std::min(text.size(), rest_.size()), rest_);
    std::size_t had = rest_.size();
    std::size_t boundary = 0;
    while (!is_at_end_ && boundary == 0) {
        // Without a boundary in it the part grows to twice its size.
        const std::size_t wanted = had + std::min(std::max(about_, had), size_ - read_);
        text.resize(wanted);
        const std::size_t got = read_at(fd_, read_, std::span(text).subspan(had), path_);
        read_ += got;
        had += got;
        is_at_end_ = had < wanted || read_ == size_;
        text.resize(had);
        boundary = is_at_end_ ? had : last_boundary(text);
    }
    rest_.assign(text, boundary);
    text.resize(boundary);
    lines_ += static_cast<std::uint32_t>(count_newlines(text));
    return boundary > 0;
}

} // namespace relayctl

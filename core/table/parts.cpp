#include "core/table/parts.hpp"

#include "core/base/bytes.hpp"
#include "core/base/text.hpp"
#include "core/table/scanner.hpp"

#include <algorithm>

namespace relayctl {

namespace {

std::size_t physical_line_before(std::string_view text, std::size_t begin) noexcept
{
    const std::size_t newline = begin >= 2 ? text.rfind('\n', begin - 2) : std::string_view::npos;
    return newline == std::string_view::npos ? 0 : newline + 1;
}

bool is_comment(std::string_view line) noexcept
{
    const auto first = std::find_if_not(
        line.begin(), line.end(), [](char c) { return is_blank(c) && c != '\n'; });
    return first != line.end() && *first == '#';
}

// Where text can be divided: the last beginning of a logical line, or of the comments directly
// above it. 0 where there is none.
std::size_t last_division(std::string_view text) noexcept
{
    for (std::size_t line = line_before(text, text.size()); line > 0;
         line = line_before(text, line)) {
        std::size_t division = line;
        while (division > 0) {
            const std::size_t above = physical_line_before(text, division);
            if (!is_comment(text.substr(above, division - above))) {
                break;
            }
            division = above;
        }
        if (division > 0) {
            return division;
        }
    }
    return 0;
}

} // namespace

TableParts::TableParts(OpenFile file, std::string path, std::size_t about)
    : file_(std::move(file))
    , path_(std::move(path))
    , about_(about)
{
}

// Memory that is not needed takes its time, too. It may have grown since: then more parts follow.
std::size_t TableParts::expected_left() const noexcept
{
    const auto size = static_cast<std::uint64_t>(file_.status.st_size);
    return static_cast<std::size_t>(size > read_ ? size - read_ : 0) + 1;
}

std::optional<Document> TableParts::next()
{
    if (read_ == 0 && !at_end_
        && static_cast<std::uint64_t>(file_.status.st_size) <= about_) { // it is its only part
        std::string whole = read_open_file(file_, path_);
        at_end_ = true;
        return whole.empty() ? std::nullopt : std::optional(Document(std::move(whole)));
    }
    std::string text = std::move(rest_);
    rest_.clear();
    std::size_t division = 0;
    while (!at_end_ && division == 0) {
        const std::size_t had = text.size();
        const std::size_t wanted = had + std::min(std::max(about_, had), expected_left());
        text.resize(wanted);
        text.resize(had + read_up_to(file_.fd.get(), std::span(text).subspan(had), path_));
        read_ += text.size() - had;
        at_end_ = text.size() < wanted;
        if (has_changed(file_)) {
            throw_being_changed(path_);
        }
        division = at_end_ ? text.size() : last_division(text);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    rest_ = text.substr(division);
    text.resize(division);
    const std::uint32_t lines_before = lines_;
    lines_ += static_cast<std::uint32_t>(count_newlines(text));
    return Document(std::move(text), lines_before);
}

} // namespace relayctl

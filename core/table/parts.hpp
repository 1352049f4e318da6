// A source part by part, for those who need no more of it at a time: a table of any size in the
// same memory.
#pragma once

#include "core/base/file.hpp"
#include "core/table/document.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relayctl {

class TableParts {
public:
    // about: bytes of a part; a logical line, and the comments above its entry, are never divided.
    TableParts(OpenFile file, std::string path, std::size_t about);

    // The next part; entries have their line numbers in the whole source. No value at the end.
    // Errors: read_up_to(), and throw_being_changed() where somebody has written to the file since
    // it was opened: the parts would not be of one table.
    std::optional<Document> next();

private:
    std::size_t expected_left() const noexcept;

    OpenFile file_;
    std::string path_;
    std::size_t about_;
    std::string rest_; // of what was read, not yet given
    std::uint64_t read_ = 0; // bytes
    std::uint32_t lines_ = 0;
    bool at_end_ = false;
};

} // namespace relayctl

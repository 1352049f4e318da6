// Reads a source piece by piece, so that a table of any size takes the same memory.
#pragma once

#include "core/base/file.hpp"
#include "core/table/document.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relayctl {

// Owns the open file. A small source is read at once, and is the only piece.
class SourceReader {
public:
    // path: how errors name the file. about: bytes of a piece. A piece ends where a logical line
    // does; comments directly above an entry stay with it.
    SourceReader(OpenFile file, std::string path, std::size_t about);

    // Gives the next piece; its entries have their line numbers in the whole source. No value at
    // the end. Errors: those of read_up_to(); throw_being_changed() if somebody has written to the
    // file since it was opened, since the pieces would not be of one table.
    std::optional<Document> next();

private:
    std::size_t expected_left() const noexcept;

    OpenFile file_;
    std::string path_;
    std::size_t about_;
    std::string rest_; // was read, but not yet given
    std::uint64_t read_ = 0; // bytes
    std::uint32_t lines_ = 0; // of the pieces before
    bool at_end_ = false;
};

} // namespace relayctl

// Reads the entries of a source part by part.
#pragma once

#include "core/base/file.hpp"
#include "core/table/document.hpp"
#include "core/table/source_part.hpp"

#include <memory>
#include <optional>
#include <string>

namespace relayctl {

// Owns the open file. A small source is read at once, and is the only part.
class SourceReader {
public:
    // path: how errors name the file. about: bytes of a part.
    SourceReader(OpenFile file, std::string path, std::size_t about);

    // Gives the next part; its entries have their line numbers in the whole source. No value at
    // the end. Errors: those of PartReader::next(); throw_being_changed() if somebody has written
    // to the file since it was opened, since the parts would not be of one table.
    std::optional<Document> next();

private:
    OpenFile file_;
    std::string path_;
    bool is_small_;
    PartReader parts_;
    std::shared_ptr<SourcePart> part_; // the last one, whose text its document shares
};

} // namespace relayctl

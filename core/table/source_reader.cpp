#include "core/table/source_reader.hpp"

#include <utility>

namespace relayctl {

SourceReader::SourceReader(OpenFile file, std::string path, std::size_t about)
    : file_(std::move(file))
    , path_(std::move(path))
    , is_small_(static_cast<std::uint64_t>(file_.status.st_size) <= about)
    , parts_(file_.fd.get(), path_, static_cast<std::size_t>(file_.status.st_size), about)
{
}

std::optional<Document> SourceReader::next()
{
    if (is_small_) { // it is its only part
        std::string all = part_ ? "" : read_open_file(file_, path_);
        part_ = std::make_shared<SourcePart>();
        return all.empty() ? std::nullopt : std::optional(Document(std::move(all)));
    }
    // The memory is used again, unless somebody has kept the last document.
    if (part_.use_count() != 1) {
        part_ = std::make_shared<SourcePart>();
    }
    const bool has_part = parts_.next(*part_);
    // Parts of two states of the file would make a table that never was.
    if ((has_part || !parts_.has_read_all()) && has_changed(file_)) {
        throw_being_changed(path_);
    }
    return has_part ? std::optional(Document(
               std::shared_ptr<const std::string>(part_, &part_->text), part_->lines_before))
                    : std::nullopt;
}

} // namespace relayctl

// The bytes of a file, as they were when it was read: in memory of ours, or mapped where nobody can change them meanwhile.
#pragma once

#include "core/base/file.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace relayctl {

class FileText {
public:
    explicit FileText(std::string&& text) noexcept : held_(std::move(text)), view_(held_) {}
    ~FileText();
    FileText(const FileText&) = delete;
    FileText& operator=(const FileText&) = delete;

    // All that an open file has. Of a large one no copy is made where a lease (fcntl(2), F_SETLEASE) keeps writers away for as long as
    // the text lives: whoever opens it for writing waits until then, so it is for work that waits for nobody. Errors: those of
    // read_whole().
    static std::shared_ptr<const FileText> read(OpenFile file, const std::string& subject);

    std::string_view view() const noexcept { return view_; }

private:
    FileText(FileDescriptor leased, std::string_view mapped) noexcept : leased_(std::move(leased)), view_(mapped) {}
    static std::shared_ptr<const FileText> map(OpenFile& file);

    FileDescriptor leased_; // of what is mapped
    std::string held_;
    std::string_view view_;
};

} // namespace relayctl

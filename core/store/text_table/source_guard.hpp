// The source of a table while it is being changed: who may change what its name leads to, and
// whether it is still the file that was read. An editor takes no lock of ours.
#pragma once

#include "core/base/file.hpp"
#include "core/store/text_table/paths.hpp"
#include "core/store/text_table/replace.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace relayctl {

// Thrown and caught within text_table: the source is not the one that the plan was made for, so the
// change is to be planned again.
struct SourceMoved { };

// One source, from the check of its directory to the end of the change.
class SourceGuard {
public:
    // paths must outlive it.
    explicit SourceGuard(const TablePaths& paths)
        : paths_(paths)
    {
    }

    // Throws ErrorKind::permission if somebody else could put another file in the place of the
    // source. insecure_directory: --insecure-directory, which lets others see the table being
    // changed, but never choose which file it is that is changed.
    void require_trust(bool insecure_directory);
    // Returns the owner of the source as require_trust() found it; no value if there is no source.
    std::optional<uid_t> owner() const noexcept { return owner_; }

    // Opens and reads the source. Returns "" if there is none; then model() is nullptr. Throws
    // SourceMoved if somebody is writing to it. Errors: those of read_open_file() and
    // require_text().
    std::string read();
    // Returns the source that was read: the new one gets its rights.
    const OpenFile* model() const noexcept { return opened_ ? &*opened_ : nullptr; }

    // Returns true if the file in its place is the one that was read, unchanged.
    bool is_same() const;
    void require_same() const; // throws SourceMoved
    // Throws SourceMoved if what the replacement took out of its place is not what was read, or if
    // somebody has it open for writing.
    void require_same(const Replacement& replacement) const;

private:
    std::optional<OpenFile> open() const;

    const TablePaths& paths_;
    std::optional<uid_t> owner_;
    std::optional<OpenFile> opened_;
    std::optional<FileIdentity> identity_; // of what was read; no value if there was no source
};

} // namespace relayctl

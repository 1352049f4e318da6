#include "core/store/text_table/source_guard.hpp"

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/postfix/source_file.hpp"

namespace relayctl {

void SourceGuard::require_trust(bool insecure_directory)
{
    const auto source = stat_of(paths_.source);
    owner_ = source ? std::optional(source->st_uid) : std::nullopt;
    std::string resolved;
    const auto weak = weak_way(paths_.table.path, owner_, &resolved);
    if (resolved != paths_.source) { // a link has come or gone since paths_ was made
        throw_being_changed(paths_.table.path);
    }
    if (weak && !insecure_directory) {
        throw Error(ErrorKind::permission,
            escape(paths_.source) + ": refusing to change it, because " + weak->to_string(),
            { "whoever can write the directory can replace the table; " + weak->repair_in_words(),
                "or go on with --insecure-directory" });
    }
    // The option accepts that others see or replace the table. It does not accept that they choose
    // which file is overwritten.
    if (weak && (weak->has_links || (source && source->st_nlink > 1))) {
        throw Error(ErrorKind::permission,
            escape(paths_.table.path)
                + ": refusing to change the file that a link in a directory of others "
                  "leads to, also with --insecure-directory: "
                + weak->to_string(),
            { "name the file itself: -t " + shell_quote(paths_.table.type + ':' + paths_.source) });
    }
}

// Everything is taken from one descriptor: the text, and the rights of the new file.
std::optional<OpenFile> SourceGuard::open() const
{
    auto file = open_resolved_if_any(paths_.source, max_table_bytes);
    if (file && file->status.st_uid != owner_) {
        throw SourceMoved(); // it is another file than the one whose directory was found to be safe
    }
    if (file) {
        require_text(*file, paths_.source, paths_.table);
    }
    return file;
}

// What is read here is what every later check compares with.
std::string SourceGuard::read()
{
    if (is_open_for_writing(paths_.source)) {
        throw SourceMoved(); // what we would read now may be half of it
    }
    opened_ = open();
    identity_ = opened_ ? std::optional(FileIdentity::of(opened_->status)) : std::nullopt;
    return opened_ ? read_open_file(*opened_, paths_.source) : std::string();
}

bool SourceGuard::is_same() const
{
    const auto now = lstat_of(paths_.source); // it is resolved: a link there is another file
    return (now ? std::optional(FileIdentity::of(*now)) : std::nullopt) == identity_;
}

void SourceGuard::require_same() const
{
    if (!is_same()) {
        throw SourceMoved();
    }
}

void SourceGuard::require_same(const Replacement& replacement) const
{
    if (!replacement.had_target() || replacement.is_in_place()) {
        return;
    }
    // Had somebody saved between the last check and the exchange, it is that file which came out,
    // and the change would have been made without its lines.
    const auto old = replacement.old_file();
    const bool came_out_as_read
        = old && identity_ && FileIdentity::of(*old).same_content_as(*identity_);
    if (!came_out_as_read || is_open_for_writing(paths_.fresh)) {
        throw SourceMoved();
    }
}

} // namespace relayctl

// PATH.seen, the file beside a table that keeps the sightings of the mail log, which is rotated
// away. Only its owner may read it, since addresses may be personal data.
//
// It is text. Its first line is "relayctl-seen 1". Then there are lines of fields that are
// separated by tabs, with control characters and backslashes escaped as \xNN and "\\". Times are
// those of RFC 3339; an empty field is not known.
//
//     log SINCE UNTIL NEXT-NUMBER DROPPED ADDRESSES    once; ADDRESSES is "yes" or "no"
//     position TEXT                                    where the next reading begins
//     client FIELDS                                    one for each ClientSightings
//     end CLIENTS                                      the number of these lines
//
// The fields of a client are NUMBER, CERT, KEY, SERVICE, FIRST, LAST, SESSIONS, PERMITTED, DENIED,
// REJECTED, TAKEN, OUTCOME, MATCHED, LISTED-BY, WEEKS, ADDRESSES, ANSWER and CLAIMED. WEEKS are
// numbers joined by commas, those of the week of LAST first. ADDRESSES are "ADDRESS TIME" joined by
// commas, with "..." behind them if there were more.
#pragma once

#include "core/base/file.hpp"
#include "core/store/sightings.hpp"
#include "core/store/text_table/lock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relayctl {

// Returns the file that belongs to a table: of a database it lies beside the file of its name.
// path: TableName::behind_proxy().path.
std::string sightings_path(const std::string& path);

// Returns the text of the file, and reads it. Errors: ErrorKind::input, if the text is none that
// to_text() wrote, or only a part of one.
std::string to_text(const Sightings& sightings);
Sightings parse_sightings(std::string_view text, const std::string& subject);

// Reads the file. Has no value if there is none or if it is empty. Errors: those of read_file() and
// parse_sightings().
std::optional<Sightings> read_sightings(const std::string& path);

// The file while it is being changed. Another process that changes it waits meanwhile.
class LockedSightings {
public:
    // Locks the file, which is made if it is missing, and reads it. Errors: those of
    // read_sightings(); ErrorKind::permission if others can write its directory, or if another
    // process holds the lock for ten seconds; throw_errno().
    explicit LockedSightings(const std::string& path);
    // Removes the file if it is still empty.
    ~LockedSightings();
    LockedSightings(const LockedSightings&) = delete;
    LockedSightings& operator=(const LockedSightings&) = delete;

    // Returns what is in the file; no value if there is nothing yet.
    const std::optional<Sightings>& known() const noexcept { return known_; }
    // Returns it, too, which is quicker than a copy; then known() has no value.
    std::optional<Sightings> take() { return std::exchange(known_, std::nullopt); }

    // Replaces the content: all of it or nothing, also if the machine fails meanwhile. Does nothing
    // if it is that of known(). Errors: throw_errno().
    void replace(const Sightings& sightings);

private:
    std::string path_;
    FileLock lock_;
    OpenFile file_; // gives the new file its owner and rights
    bool is_empty_ = false; // there is nothing in it but the lock
    std::optional<Sightings> known_;
};

} // namespace relayctl

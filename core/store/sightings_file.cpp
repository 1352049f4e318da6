// The file is written beside its name and renamed, so that a reader finds the old one or the new
// one. Its lock is that of the file itself: only its owner may open it, and whoever waited looks
// whether the file is still the one that has the name.
#include "core/store/sightings_file.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/base/trust.hpp"
#include "core/base/unescape.hpp"
#include "core/store/text_table/replace.hpp"
#include "core/store/text_table/temporary.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>

namespace relayctl {

namespace {

constexpr std::string_view suffix = ".seen";
constexpr std::string_view head = "relayctl-seen 1";
constexpr std::uint64_t largest_file = std::uint64_t{ 256 } << 20;
constexpr std::size_t client_fields = 19; // the word "client" included

std::string in_text(const std::optional<Time>& time)
{
    return time ? to_rfc3339(*time) : "";
}

std::string in_text(const std::optional<Fingerprint>& fingerprint)
{
    return fingerprint ? fingerprint->to_string() : "";
}

std::string joined_addresses(const ClientSightings& client)
{
    std::string text;
    for (const SeenAddress& address : client.addresses) {
        text += (text.empty() ? "" : ",") + address.address + ' ' + to_rfc3339(address.last);
    }
    return text + (client.has_more_addresses ? "..." : "");
}

std::string joined_weeks(const ClientSightings& client)
{
    std::string text;
    for (const std::uint32_t sessions : client.weeks) {
        text += (text.empty() ? "" : ",") + std::to_string(sessions);
    }
    return text;
}

// Appends the fields as one line.
void append_line(std::string& text, const std::vector<std::string>& fields)
{
    for (std::size_t i = 0; i < fields.size(); ++i) {
        text += i == 0 ? "" : "\t";
        append_escaped(text, fields[i]);
    }
    text += '\n';
}

// Reads one text, line by line.
class SightingsParser {
public:
    SightingsParser(std::string_view text, const std::string& subject)
        : lines_(split_lines(text))
        , subject_(subject)
    {
    }

    Sightings run()
    {
        require(!lines_.empty() && lines_.front() == head);
        result_.clients.reserve(lines_.size());
        bool has_ended = false;
        for (number_ = 1; number_ < lines_.size(); ++number_) {
            require(!has_ended);
            take_fields(lines_[number_]);
            if (fields_.front() == "client") {
                result_.clients.push_back(client());
            } else if (fields_.front() == "log") {
                take_log();
            } else if (fields_.front() == "position") {
                require(fields_.size() == 2);
                result_.position = unescape(fields_[1]);
            } else {
                require(fields_.front() == "end" && fields_.size() == 2);
                require(number(fields_[1]) == result_.clients.size());
                has_ended = true;
            }
        }
        require(has_ended);
        return std::move(result_);
    }

private:
    void require(bool is_so) const
    {
        if (!is_so) {
            throw Error(ErrorKind::input,
                escape(subject_) + ", line " + std::to_string(number_ + 1)
                    + ": is none of the sightings that relayctl writes",
                { "where it cannot be mended, remove it: what the log still has is found again" });
        }
    }

    void take_fields(std::string_view line)
    {
        fields_.clear();
        for (std::size_t end; (end = line.find('\t')) != std::string_view::npos;) {
            fields_.push_back(line.substr(0, end));
            line.remove_prefix(end + 1);
        }
        fields_.push_back(line);
    }

    std::uint64_t number(std::string_view text) const
    {
        std::uint64_t value = 0;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
        require(parsed.ec == std::errc() && parsed.ptr == text.data() + text.size());
        return value;
    }

    std::optional<Time> time(std::string_view text) const
    {
        const auto time = parse_time(text);
        require(time || text.empty());
        return time;
    }

    Time known_time(std::string_view text) const
    {
        const auto known = time(text);
        require(known.has_value());
        return *known;
    }

    std::optional<Fingerprint> fingerprint(std::string_view text) const
    {
        const auto known = Fingerprint::from_key(text);
        require(known || text.empty());
        return known;
    }

    // Takes the first item off a list that is separated by commas.
    static std::string_view take_item(std::string_view& list)
    {
        const std::string_view item = list.substr(0, list.find(','));
        list.remove_prefix(std::min(item.size() + 1, list.size()));
        return item;
    }

    void take_log()
    {
        require(fields_.size() == 6);
        result_.since = time(fields_[1]);
        result_.until = time(fields_[2]);
        result_.next_number = number(fields_[3]);
        result_.dropped = number(fields_[4]);
        result_.without_addresses = fields_[5] == "no";
    }

    void take_addresses(ClientSightings& client, std::string_view text) const
    {
        client.has_more_addresses = text.ends_with("...");
        text.remove_suffix(client.has_more_addresses ? 3 : 0);
        while (!text.empty()) {
            const std::string_view one = take_item(text);
            const std::size_t blank = one.rfind(' ');
            require(blank != std::string_view::npos && client.addresses.size() < most_addresses);
            client.addresses.push_back(
                { unescape(one.substr(0, blank)), known_time(one.substr(blank + 1)) });
        }
    }

    void take_weeks(ClientSightings& client, std::string_view text) const
    {
        for (std::uint32_t& sessions : client.weeks) {
            sessions = static_cast<std::uint32_t>(number(take_item(text)));
        }
        require(text.empty());
    }

    ClientSightings client() const
    {
        require(fields_.size() == client_fields);
        ClientSightings client;
        client.number = number(fields_[1]);
        client.presented = { fingerprint(fields_[2]), fingerprint(fields_[3]) };
        require(client.presented.certificate || client.presented.key);
        client.service = unescape(fields_[4]);
        client.first = known_time(fields_[5]);
        client.last = known_time(fields_[6]);
        std::size_t field = 7;
        for (std::uint64_t* count : { &client.sessions, &client.permitted, &client.denied,
                 &client.rejected, &client.taken }) {
            *count = number(fields_[field++]);
        }
        client.outcome = unescape(fields_[12]);
        client.matched = unescape(fields_[13]);
        client.listed_by = unescape(fields_[14]);
        take_weeks(client, fields_[15]);
        take_addresses(client, fields_[16]);
        client.answer = unescape(fields_[17]);
        client.claimed = unescape(fields_[18]);
        return client;
    }

    std::vector<std::string_view> lines_;
    const std::string& subject_;
    std::size_t number_ = 0; // of the line, from 0
    std::vector<std::string_view> fields_; // of that line, escaped
    Sightings result_;
};

// Returns the lock of the file that has this name now, which is empty if it was missing.
FileLock lock_of(const std::string& path, std::optional<uid_t> owner)
{
    while (true) {
        FileLock lock(path, std::chrono::seconds(10), owner);
        struct stat locked { };
        const auto named = lstat_of(path);
        if (named && ::fstat(lock.descriptor(), &locked) == 0 && named->st_ino == locked.st_ino
            && named->st_dev == locked.st_dev) {
            return lock;
        }
    }
}

// Returns the path with its directory resolved: nothing is opened through a link.
std::string with_directory_resolved(const std::string& path)
{
    std::error_code failed;
    const auto directory = std::filesystem::canonical(directory_of(path), failed);
    return failed ? path : (directory / base_name(path)).string();
}

// Returns the owner of the table, who may own the file as well. Errors: ErrorKind::permission if
// somebody else can put another file in its place.
std::optional<uid_t> owner_allowed_to_write(const std::string& path)
{
    const auto table = stat_of(path.substr(0, path.size() - suffix.size()));
    const auto owner = table ? std::optional(table->st_uid) : std::nullopt;
    if (const auto weak = weak_way(path, owner)) {
        throw Error(ErrorKind::permission,
            escape(path) + ": refusing to write it, because " + weak->to_string(),
            { weak->repair_in_words() });
    }
    return owner;
}

} // namespace

std::string sightings_path(const std::string& path)
{
    return path + std::string(suffix);
}

std::string to_text(const Sightings& sightings)
{
    std::string text(head);
    text += '\n';
    append_line(text,
        { "log", in_text(sightings.since), in_text(sightings.until),
            std::to_string(sightings.next_number), std::to_string(sightings.dropped),
            sightings.without_addresses ? "no" : "yes" });
    append_line(text, { "position", sightings.position });
    for (const ClientSightings& client : sightings.clients) {
        append_line(text,
            { "client", std::to_string(client.number), in_text(client.presented.certificate),
                in_text(client.presented.key), client.service, in_text(client.first),
                in_text(client.last), std::to_string(client.sessions),
                std::to_string(client.permitted), std::to_string(client.denied),
                std::to_string(client.rejected), std::to_string(client.taken), client.outcome,
                client.matched, client.listed_by, joined_weeks(client), joined_addresses(client),
                client.answer, client.claimed });
    }
    append_line(text, { "end", std::to_string(sightings.clients.size()) });
    return text;
}

Sightings parse_sightings(std::string_view text, const std::string& subject)
{
    return SightingsParser(text, subject).run();
}

std::optional<Sightings> read_sightings(const std::string& path)
{
    const auto file = read_file_if_any(path, largest_file);
    // An empty one was made for its lock by a run that did not end.
    return file && !file->text.empty() ? std::optional(parse_sightings(file->text, path))
                                       : std::nullopt;
}

LockedSightings::LockedSightings(const std::string& path)
    : path_(with_directory_resolved(path))
    , lock_(lock_of(path_, owner_allowed_to_write(path_)))
{
    auto file = open_resolved_if_any(path_, largest_file);
    if (!file) {
        throw_being_changed(path_);
    }
    file_ = std::move(*file);
    const std::string text = read_open_file(file_, path_);
    is_empty_ = text.empty();
    if (!is_empty_) {
        known_ = parse_sightings(text, path_);
    }
}

// Whoever waits for the lock meanwhile makes the file anew.
LockedSightings::~LockedSightings()
{
    if (is_empty_) {
        remove_quietly(path_);
    }
}

void LockedSightings::replace(const Sightings& sightings)
{
    if (sightings == known_) {
        return;
    }
    const std::string text = to_text(sightings);
    const std::string fresh = path_ + ".relayctl-new";
    const std::array<std::string_view, 1> pieces = { text };
    write_temporary(fresh, pieces, &file_);
    try {
        sync_file(fresh);
        if (std::rename(fresh.c_str(), path_.c_str()) != 0) {
            throw_errno(escape(path_), "replace");
        }
    } catch (...) {
        remove_quietly(fresh);
        throw;
    }
    is_empty_ = false;
    sync_directory_of(path_);
}

} // namespace relayctl

// The log is read once for each group of tables. What was saved for them is what the counting
// begins with, and the log is read from the place on up to which it was saved.
#include "core/operations/seen.hpp"

#include "core/base/sort.hpp"
#include "core/inspect/mail_log/mail_log.hpp"
#include "core/operations/seen_tables.hpp"
#include "core/operations/sighting_counter.hpp"
#include "core/store/sql/row_sightings.hpp"

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <utility>

namespace relayctl {

namespace {

// Adds the service in the order of the names, once.
void add_service(std::vector<std::string>& services, const std::string& service)
{
    const auto place = std::lower_bound(services.begin(), services.end(), service);
    if (place == services.end() || *place != service) {
        services.insert(place, service);
    }
}

// Adds what was saved and is no longer in the log, which was read from the time `since` on. The
// sessions count as far as the saved weeks tell.
void add_older(Sightings& now, const Sightings& saved, Time since)
{
    std::set<Presented> in_log;
    for (const ClientSightings& client : now.clients) {
        in_log.insert(client.presented);
    }
    for (ClientSightings client : saved.clients) {
        if (in_log.contains(client.presented) || client.last < since) {
            continue;
        }
        client.sessions = 0;
        for (std::size_t i = 0; i < client.weeks.size(); ++i) {
            const auto week = week_of(client.last) - static_cast<std::int64_t>(i);
            client.sessions += week > week_of(since) ? client.weeks[i] : 0;
        }
        client.sessions = std::max<std::uint64_t>(client.sessions, 1);
        client.permitted = client.denied = client.rejected = client.taken = 0;
        client.first = std::max(client.first, since);
        now.clients.push_back(client);
    }
    if (saved.since && (!now.since || *saved.since < *now.since)) {
        now.since = saved.since;
    }
    if (now.since) {
        now.since = std::max(*now.since, since);
    }
}

// Answers one question.
class SightingSearch {
public:
    SightingSearch(const TableAccess& access, const std::vector<AskingService>& services,
        const SeenQuestion& question)
        : postfix_(access.postfix)
        , question_(question)
        , tables_(access, services)
    {
    }

    SeenReport run()
    {
        for (SeenTable& table : tables_.all()) {
            for (const Entry& entry : table.document.entries()) {
                places_[&entry] = report_.entries.size();
                report_.entries.push_back(
                    { view_of(table.document, entry), table.name.to_string(), {}, {} });
            }
        }
        // postconf takes longer than reading what was saved.
        auto settings = std::async([this] { return ask_settings(); });
        if (question_.logs.empty() || question_.saves) {
            tables_.read_saved(question_.saves);
        }
        const auto groups = tables_.groups();
        std::vector<Sightings> saved;
        for (const SeenTables::Group& group : groups) {
            saved.push_back(tables_.saved_of(group));
        }
        settings_ = settings.get();
        for (std::size_t i = 0; i < groups.size(); ++i) {
            answer_for(groups[i], std::move(saved[i]));
        }
        for (SeenTable& table : tables_.all()) {
            if (table.name.is_database() && (question_.logs.empty() || question_.saves)) {
                share(table);
            }
        }
        sort_pending();
        return std::move(report_);
    }

private:
    // What Postfix says of its log.
    struct LogSettings {
        std::string mail_version;
        std::string maillog_file;
    };

    LogSettings ask_settings()
    {
        LogSettings settings;
        if (!postfix_.is_configured()) {
            return settings;
        }
        settings.mail_version = postfix_.version();
        if (question_.logs.empty()) {
            const auto values = postfix_.effective({ "maillog_file" }, {});
            const auto file = values.find("maillog_file");
            settings.maillog_file = file == values.end() ? "" : file->second;
        }
        return settings;
    }

    void answer_for(const SeenTables::Group& group, Sightings saved)
    {
        const std::string position = saved.position;
        const bool is_known = saved.until.has_value();
        Sightings known = question_.since ? Sightings() : std::exchange(saved, {});
        bool is_saved = is_known && !question_.since
            && known.without_addresses == question_.without_addresses;
        known.without_addresses = question_.saves && question_.without_addresses;
        SightingCounter counter(std::move(known),
            [this](const Presented& presented) { return tables_.lists(presented); });
        const MailLogFacts facts = read_log(position, is_known, counter);
        Sightings now = counter.finish(facts);
        if (question_.since) {
            add_older(now, saved, *question_.since);
        }
        take_facts(facts, now);
        is_saved &= !counter.has_changed();
        is_saved &= !join(group, now);
        save(group, std::move(now), is_saved);
    }

    // Where no log is found, what was saved is the answer.
    MailLogFacts read_log(const std::string& position, bool is_known, SightingCounter& counter)
    {
        try {
            return read_mail_log(question_to_log(position),
                [&](const Sighting& sighting) { counter.add(sighting); });
        } catch (const NoMailLog& error) {
            if (question_.saves || !is_known) {
                throw;
            }
            report_.no_log = error.what();
            MailLogFacts none;
            none.is_continued = true;
            return none;
        }
    }

    MailLogQuestion question_to_log(const std::string& position)
    {
        MailLogQuestion question;
        question.files = question_.logs;
        question.since = question_.since;
        question.now = question_.now;
        question.position = question_.since ? "" : position;
        question.keeps_open_sessions = question_.saves;
        question.mail_version = settings_.mail_version;
        question.maillog_file = settings_.maillog_file;
        for (const TableName& name : tables_.names()) {
            question.tables.push_back(name.to_string());
        }
        return question;
    }

    void take_facts(const MailLogFacts& facts, const Sightings& now)
    {
        report_.sources.insert(report_.sources.end(), facts.sources.begin(), facts.sources.end());
        if (now.since) { // what is known of all tables
            report_.since = std::max(report_.since.value_or(*now.since), *now.since);
        }
        report_.until = std::max(report_.until, now.until);
        report_.dropped = std::max(report_.dropped, now.dropped);
        const FingerprintLogging logging = facts.fingerprints_logged();
        if (logging == FingerprintLogging::no) {
            report_.fingerprints_logged = false;
        } else if (logging == FingerprintLogging::yes || !now.clients.empty()) {
            report_.fingerprints_logged = report_.fingerprints_logged.value_or(true);
        }
        for (const auto& [tag, service] : facts.services) {
            if (service.last_untold > service.last_sighting) {
                add_service(report_.silent_services, tag);
            }
        }
    }

    // Only the first table keeps who is pending, and tells of it. Returns true if an entry lists a
    // client as none did when it was saved.
    bool join(const SeenTables::Group& group, Sightings& now)
    {
        const auto is_in_group = [&](std::size_t number) {
            return std::find(group.begin(), group.end(), number) != group.end();
        };
        bool has_changed = false;
        for (ClientSightings& client : now.clients) {
            const auto found = tables_.find(client);
            const std::string_view listed_by = !found ? "" : found->is_of_key ? "key" : "cert";
            if (client.listed_by != listed_by) {
                client.listed_by = listed_by;
                has_changed = true;
            }
            if (found && is_in_group(found->table)) {
                SeenEntry& entry = report_.entries[places_.at(found->entry)];
                add_sightings(entry.sightings, client);
                add_service(entry.services, client.service);
            } else if (question_.tells_pending && !found && is_in_group(0)
                && !tables_.lists(client.presented)) {
                PendingClient& pending = pending_[client.presented];
                add_sightings(pending.sightings, client);
                add_service(pending.services, client.service);
            }
        }
        return has_changed;
    }

    // is_saved: what is known of the group is what was saved.
    void save(const SeenTables::Group& group, Sightings&& now, bool is_saved)
    {
        SeenTable& first = tables_.all()[group.front()];
        if (tables_.all().size() == 1 && first.file && is_saved) {
            report_.saved.push_back(first.path);
            return;
        }
        if (group.size() == 1) {
            save_for(group.front(), std::move(now));
            return;
        }
        for (const std::size_t number : group) {
            save_for(number, now);
        }
    }

    // Each table keeps the clients that it lists, and the first one those that are pending.
    void save_for(std::size_t number, Sightings own)
    {
        SeenTable& table = tables_.all()[number];
        if (!table.file) {
            return;
        }
        if (tables_.all().size() > 1) {
            std::erase_if(own.clients, [&](const ClientSightings& client) {
                return !table.lists(client.presented)
                    && (number != 0 || tables_.lists(client.presented));
            });
        }
        own.without_addresses = question_.without_addresses;
        for (ClientSightings& client : own.clients) {
            if (own.without_addresses) {
                client.addresses.clear();
                client.has_more_addresses = false;
            }
        }
        table.file->replace(own);
        report_.saved.push_back(table.path);
    }

    // Tells the other servers of a database who came here, and learns who came there.
    void share(const SeenTable& table)
    {
        LastTimes here;
        for (const Entry& entry : table.document.entries()) {
            const SeenEntry& seen = report_.entries[places_.at(&entry)];
            const auto key = table.document.meant_fingerprint(entry);
            if (seen.is_seen() && key) {
                here.try_emplace(*key, seen.sightings.last);
            }
        }
        if (question_.saves && !here.empty()) {
            const NotedRows noted = note_last_seen_in_rows(postfix_, table.name, here);
            if (!noted.is_noted) {
                report_.not_shared.push_back(
                    { table.name.to_string(), noted.sql_name, noted.has_column });
            }
        }
        const LastTimes there = last_seen_in_rows(postfix_, table.name);
        for (const Entry& entry : table.document.entries()) {
            const auto key = table.document.meant_fingerprint(entry);
            const auto found = key ? there.find(*key) : there.end();
            if (found != there.end()) {
                report_.entries[places_.at(&entry)].last_in_row = found->second;
            }
        }
    }

    void sort_pending()
    {
        for (auto& [presented, client] : pending_) {
            report_.pending.push_back(std::move(client));
        }
        sort_stably(report_.pending, [](const PendingClient& a, const PendingClient& b) {
            return std::pair(a.sightings.last, a.sightings.number)
                > std::pair(b.sightings.last, b.sightings.number);
        });
    }

    Postfix& postfix_;
    const SeenQuestion& question_;
    SeenTables tables_;
    LogSettings settings_;
    std::map<const Entry*, std::size_t> places_; // in SeenReport::entries
    std::map<Presented, PendingClient> pending_;
    SeenReport report_;
};

} // namespace

SeenReport find_sightings(const TableAccess& access, const std::vector<AskingService>& services,
    const SeenQuestion& question)
{
    return SightingSearch(access, services, question).run();
}

} // namespace relayctl

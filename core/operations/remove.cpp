// One table is changed at once, and its planner refuses what is to be refused. Several tables, and
// anything that needs an answer, are read first: what no table lists, or nobody agrees to, must be
// known before the first table is changed. Then sources go first, databases second, and servers
// that did not answer at once last, so that a server that hangs does not keep a client relaying
// through the other tables. Tables that relayctl cannot change are asked at the end.
#include "core/operations/remove.hpp"

#include "core/base/text.hpp"
#include "core/operations/every_table.hpp"
#include "core/postfix/choose_table.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

// A pattern that fits this many entries needs consent.
constexpr std::size_t many = 2;

// One removal from all tables of the command.
struct RemovalEverywhere {
    const TableAccess& access;
    RemoveRequest& request;
    Observer& observer;
    Removal& removal = request.removal;
    Scope scope = scope_of(removal);
    EveryTable tables = EveryTable(access, request.change, scope, observer);
    Consent consent = Consent(request.consent, request.change.dry_run, many);
    // It is a copy, since that of the removal is set while several tables are changed.
    bool absent_is_fine = removal.absent_is_fine; // in all of the tables
    std::vector<EveryTable::Member*> slow = {};

    std::optional<RemoveResult> run()
    {
        if (is_single() && !scope.everything) {
            change(members().front()); // its planner refuses what there is to refuse
        } else if (!change_all()) {
            return std::nullopt;
        }
        ask_unchangeable_tables();
        RemoveResult result;
        result.files = files();
        result.change = tables.result("not removed from every table, or not everywhere",
            { "the client may still relay; mend it and run this again" });
        if (!is_single() && !result.change.failure) {
            try {
                result.absent = require_listed(); // a slow table has told by now
            } catch (const Error& error) {
                result.change.failure = error;
            }
        }
        return result;
    }

    using Member = EveryTable::Member;

    std::vector<Member>& members() { return tables.members(); }
    bool is_single() { return tables.is_single(); }

    // Returns false if the answer to the question was no.
    bool change_all()
    {
        if (!read_and_ask()) {
            return false;
        }
        // A source is changed by us alone, while a database may have us wait for its server.
        change_where([](const Member& member) { return !member.outcome.table.is_database(); });
        change_where([](const Member& member) { return member.outcome.table.is_database(); });
        for (Member* member : slow) {
            tables.attempt(*member, [&] { change_late(*member); });
        }
        return true;
    }

    // Reads all tables that answer, and refuses what there is to refuse before anything is changed.
    bool read_and_ask()
    {
        for (Member& member : members()) {
            if (is_changeable(member.outcome.table)) {
                tables.attempt(member, [&] { read_if_quick(member); });
            }
        }
        require_listed();
        // One table need not list what another one does.
        removal.absent_is_fine = true; // in some of the tables
        std::size_t to_ask = 0;
        std::vector<MassRemoval> masses;
        std::vector<Loss> losses;
        for (const Member& member : members()) {
            if (member.document) {
                masses.push_back(foresee(member, losses));
                to_ask += consent.note(masses.back());
            }
        }
        if (!is_agreed(to_ask, losses)) {
            return false;
        }
        // A table that would be emptied is refused here, before the others are changed.
        for (const MassRemoval& mass : masses) {
            consent.require(mass);
        }
        return true;
    }

    // Puts a table whose server does not answer within two seconds behind the others.
    void read_if_quick(Member& member)
    {
        if (is_single() || access.store(member.outcome.table).answers_at_once()) {
            read(member);
        } else {
            slow.push_back(&member); // the others go first
        }
    }

    void read(Member& member)
    {
        require_begun(access, member.outcome.table, request.change);
        member.document.emplace(access.store(member.outcome.table).read_scope(scope));
    }

    // What would go from one table. losses: each entry that goes by a pattern is added to it.
    MassRemoval foresee(const Member& member, std::vector<Loss>& losses)
    {
        ChangeReport report;
        MassRemoval mass{ member.outcome.table.to_string(), {}, 0, 0 };
        plan_removal(*member.document, removal, report, mass);
        const std::set<std::string> unnamed(mass.unnamed.begin(), mass.unnamed.end());
        for (const EntryView& entry : report.removed) {
            if (unnamed.contains(entry.fingerprint)) {
                losses.push_back(
                    { "to be removed: ", entry, is_single() ? "" : " from " + escape(mass.table) });
            }
        }
        return mass;
    }

    // Asks somebody, if there is anything to ask about.
    bool is_agreed(std::size_t to_ask, const std::vector<Loss>& losses)
    {
        return to_ask == 0
            || observer.agrees(losses, "remove " + count_of(to_ask, "entry", "entries"));
    }

    // Returns true if the table lists any of the clients.
    bool lists_any(const Member& member) const
    {
        return std::any_of(
            removal.targets.begin(), removal.targets.end(), [&](const RemovalTarget& target) {
                return !target.find(*member.document, removal.hosts).empty();
            });
    }

    // A table that lists none of the clients is left alone, but a single one says so.
    template <typename Predicate> void change_where(Predicate predicate)
    {
        for (Member& member : members()) {
            if (member.document && predicate(member) && (is_single() || lists_any(member))) {
                change(member);
            }
        }
    }

    // The table did not answer at once: now it may take its time.
    void change_late(Member& member)
    {
        read(member);
        note_hosts(member);
        std::vector<Loss> losses;
        if (!is_agreed(consent.note(foresee(member, losses)), losses)) {
            throw Error(ErrorKind::refused, "nobody agreed to remove anything from it");
        }
        if (lists_any(member)) {
            change(member);
        }
    }

    void change(Member& member)
    {
        const std::string table = member.outcome.table.to_string();
        tables.change(member, [&](const Document& document, ChangeReport& report) {
            MassRemoval mass{ table, {}, 0, 0 };
            Plan plan = plan_removal(document, removal, report, mass);
            consent.require(mass);
            return plan;
        });
    }

    // A word that one table lists as a host is a host in all of them.
    void note_hosts(const Member& member)
    {
        for (const RemovalTarget& target : removal.targets) {
            if (target.may_be_host() && member.document
                && lists_host(*member.document, target.word())) {
                removal.hosts.insert(target.word());
            }
        }
    }

    // Gives what no table lists. Where a table could not be read, it may list it. Errors:
    // ErrorKind::refused where that is not fine.
    std::vector<std::string> require_listed()
    {
        for (const Member& member : members()) {
            note_hosts(member);
        }
        const bool is_known = std::all_of(
            members().begin(), members().end(), [](const Member& member) {
                return member.document || (!member.failure && !is_changeable(member.outcome.table));
            });
        std::vector<std::string> absent;
        for (const RemovalTarget& target : removal.targets) {
            const bool listed = std::any_of(
                members().begin(), members().end(), [&](const Member& member) {
                    return member.document && !target.find(*member.document, removal.hosts).empty();
                });
            if (listed || !is_known || may_be_elsewhere(target)) {
                continue;
            }
            if (!absent_is_fine) {
                throw_not_listed(target);
            }
            absent.push_back(target.word());
        }
        return absent;
    }

    // Returns true if a table that relayctl cannot change lists the target, or does not answer.
    bool may_be_elsewhere(const RemovalTarget& target)
    {
        const std::vector<std::string> keys = keys_of(target);
        return !keys.empty()
            && std::any_of(members().begin(), members().end(), [&](const Member& member) {
                   try {
                       return !is_changeable(member.outcome.table)
                           && finds_any(member.outcome.table, keys);
                   } catch (const Error& error) {
                       if (error.kind() == ErrorKind::interrupted) {
                           throw;
                       }
                       return true;
                   }
               });
    }

    static std::vector<std::string> keys_of(const RemovalTarget& target)
    {
        std::vector<std::string> keys;
        for (const Fingerprint& fingerprint : target.fingerprints()) {
            keys.push_back(fingerprint.to_string());
        }
        return keys;
    }

    // Asks postmap: proxymap, which need not run, would give the same.
    bool finds_any(const TableName& table, const std::vector<std::string>& keys)
    {
        const auto answers = access.postfix.query_map(table.behind_proxy(), keys);
        return std::any_of(
            answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); });
    }

    // A table that relayctl cannot change fails if it lists what was or is to be removed.
    void ask_unchangeable_tables()
    {
        std::vector<std::string> keys;
        for (const RemovalTarget& target : removal.targets) {
            const std::vector<std::string> own = keys_of(target);
            keys.insert(keys.end(), own.begin(), own.end());
        }
        for (const Member& member : members()) {
            for (const EntryView& entry : member.outcome.report.removed) {
                keys.push_back(entry.fingerprint);
            }
        }
        for (Member& member : members()) {
            if (is_changeable(member.outcome.table) || keys.empty()) {
                continue;
            }
            tables.attempt(member, [&] {
                if (finds_any(member.outcome.table, keys)) {
                    throw Error(ErrorKind::refused,
                        "it still lists the client, and relayctl does not change tables of type "
                            + quote(member.outcome.table.type));
                }
            });
        }
    }

    // Returns true if the word turned out to be a host that was listed, and no file.
    bool was_host(const RemovalTarget& target)
    {
        return target.may_be_host()
            && std::any_of(members().begin(), members().end(), [&](const Member& member) {
                   const auto& removed = member.outcome.report.removed;
                   return std::any_of(removed.begin(), removed.end(), [&](const EntryView& entry) {
                       return equal_ignoring_case(entry.host, target.word());
                   });
               });
    }

    // The certificates that were removed, or with --if-exists were to be.
    std::vector<const CertificateFile*> files()
    {
        std::vector<const CertificateFile*> files;
        for (const RemovalTarget& target : removal.targets) {
            if (target.file() != nullptr && !was_host(target)) {
                files.push_back(target.file());
            }
        }
        return files;
    }
};

} // namespace

std::optional<RemoveResult> remove_clients(
    const TableAccess& access, RemoveRequest& request, Observer& observer)
{
    return RemovalEverywhere{ access, request, observer }.run();
}

} // namespace relayctl

#include "app/remove_everywhere.hpp"

#include "app/cli/confirm.hpp"
#include "app/cli/report.hpp"
#include "app/every_table.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

// From how many entries on a pattern needs consent.
constexpr std::size_t many = 2;

class RemovalEverywhere {
public:
    RemovalEverywhere(Context& context, Removal& removal, const RemovalOptions& options)
        : context_(context)
        , removal_(removal)
        , options_(options)
        , scope_(scope_of(removal))
        , tables_(context, options.change, scope_)
        , consent_(options.yes || options.change.dry_run,
              options.allow_empty || options.change.dry_run, many)
        , absent_is_fine_(removal.absent_is_fine)
    {
    }

    bool run()
    {
        require_any_changeable(context_);
        if (is_single() && !scope_.everything) {
            change(members().front()); // its planner refuses what there is to refuse
        } else if (!change_all()) {
            return false;
        }
        ask_the_others();
        const auto named = files();
        tables_.finish("not removed from every table, or not everywhere",
            { "the client may still relay; mend it and run this again" }, &named);
        if (!is_single()) {
            require_listed(true); // a slow one has told by now whether it lists it
        }
        return true;
    }

private:
    using Member = EveryTable::Member;

    std::vector<Member>& members() { return tables_.members(); }
    bool is_single() { return members().size() == 1; }

    // False: the answer to the question was no.
    bool change_all()
    {
        if (!settle()) {
            return false;
        }
        change_where([](const Member& member) { return !member.outcome.table.is_database(); });
        change_where([](const Member& member) { return member.outcome.table.is_database(); });
        for (Member* member : slow_) {
            tables_.attempt(*member, [&] { change_late(*member); });
        }
        return true;
    }

    // Reads all tables that answer, and refuses what there is to refuse before anything is changed.
    bool settle()
    {
        for (Member& member : members()) {
            if (is_changeable(member.outcome.table)) {
                tables_.attempt(member, [&] { look_if_quick(member); });
            }
        }
        require_listed(false);
        removal_.absent_is_fine = true; // in some of the tables
        std::size_t to_ask = 0;
        std::vector<MassRemoval> masses;
        std::vector<std::string> shown;
        for (const Member& member : members()) {
            if (member.document) {
                masses.push_back(foresee(member, shown));
                to_ask += consent_.note(masses.back());
            }
        }
        if (!is_agreed(to_ask, shown)) {
            return false;
        }
        for (const MassRemoval& mass : masses) {
            consent_.require(mass);
        }
        return true;
    }

    void look_if_quick(Member& member)
    {
        if (is_single() || context_.store(member.outcome.table).answers_at_once()) {
            look(member);
        } else {
            slow_.push_back(&member); // the others go first
        }
    }

    void look(Member& member)
    {
        member.document.emplace(context_.store(member.outcome.table).read_scope(scope_));
    }

    // What would go from one table. shown: what of it goes by a pattern is put there, for people.
    MassRemoval foresee(const Member& member, std::vector<std::string>& shown)
    {
        ChangeReport report;
        MassRemoval mass{ member.outcome.table.to_string(), {}, 0, 0 };
        plan_removal(*member.document, removal_, report, mass);
        const std::set<std::string> unnamed(mass.unnamed.begin(), mass.unnamed.end());
        for (const EntryView& entry : report.removed) {
            if (unnamed.contains(entry.fingerprint)) {
                shown.push_back(
                    described(entry) + (is_single() ? "" : " from " + escape(mass.table)));
            }
        }
        return mass;
    }

    bool is_agreed(std::size_t to_ask, const std::vector<std::string>& shown)
    {
        if (to_ask == 0) {
            return true;
        }
        for (const std::string& entry : shown) {
            report_done(context_, "to be removed: " + entry);
        }
        return confirmed(context_, false, "remove " + count_of(to_ask, "entry", "entries"));
    }

    bool lists_any(const Member& member) const
    {
        return std::any_of(
            removal_.targets.begin(), removal_.targets.end(), [&](const Target& target) {
                return !entries_of(*member.document, target, removal_.hosts).empty();
            });
    }

    // Tables that do not list it are none of our business, but a single one says so.
    template <typename Predicate> void change_where(Predicate predicate)
    {
        for (Member& member : members()) {
            if (member.document && predicate(member) && (is_single() || lists_any(member))) {
                change(member);
            }
        }
    }

    // One that did not answer at once: now it may take its time.
    void change_late(Member& member)
    {
        look(member);
        note_hosts(member);
        std::vector<std::string> shown;
        if (!is_agreed(consent_.note(foresee(member, shown)), shown)) {
            throw Error(ErrorKind::refused, "it was not agreed to remove from it");
        }
        if (lists_any(member)) {
            change(member);
        }
    }

    void change(Member& member)
    {
        const std::string table = member.outcome.table.to_string();
        tables_.change(member, [&](const Document& document, ChangeReport& report) {
            MassRemoval mass{ table, {}, 0, 0 };
            Plan plan = plan_removal(document, removal_, report, mass);
            consent_.require(mass);
            return plan;
        });
    }

    void note_hosts(const Member& member)
    {
        for (const Target& target : removal_.targets) {
            if (target.may_be_host() && member.document
                && is_listed_host(*member.document, target.text())) {
                removal_.hosts.insert(target.text());
            }
        }
    }

    // Not where a table could not be read: it may be listed there. is_over: then what is absent is
    // said.
    void require_listed(bool is_over)
    {
        for (const Member& member : members()) {
            note_hosts(member);
        }
        const bool is_known = std::all_of(
            members().begin(), members().end(), [](const Member& member) {
                return member.document || (!member.failure && !is_changeable(member.outcome.table));
            });
        for (const Target& target : removal_.targets) {
            const bool listed
                = std::any_of(members().begin(), members().end(), [&](const Member& member) {
                      return member.document
                          && !entries_of(*member.document, target, removal_.hosts).empty();
                  });
            const bool is_absent = !listed && is_known && !may_be_elsewhere(target);
            if (is_absent && !absent_is_fine_) {
                throw_not_listed(target);
            }
            if (is_absent && is_over) {
                report_done(context_, quote(target.text()) + " is not listed");
            }
        }
    }

    // Whether a table that relayctl cannot change lists the target, or does not answer.
    bool may_be_elsewhere(const Target& target)
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

    static std::vector<std::string> keys_of(const Target& target)
    {
        std::vector<std::string> keys;
        for (const Fingerprint& fingerprint : target.fingerprints()) {
            keys.push_back(fingerprint.to_string());
        }
        return keys;
    }

    // As postmap answers: proxymap, which need not run, would give the same.
    bool finds_any(const TableName& table, const std::vector<std::string>& keys)
    {
        const auto answers = context_.postfix().query_map(table.behind_proxy(), keys);
        return std::any_of(
            answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); });
    }

    // Tables that relayctl cannot change: whether they list what was or is to be removed.
    void ask_the_others()
    {
        std::vector<std::string> keys;
        for (const Target& target : removal_.targets) {
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
            tables_.attempt(member, [&] {
                if (finds_any(member.outcome.table, keys)) {
                    throw Error(ErrorKind::refused,
                        "it still lists the client, and relayctl does not change tables of type "
                            + quote(member.outcome.table.type));
                }
            });
        }
    }

    // Whether the word turned out to be a host that was listed, and no file.
    bool was_host(const Target& target)
    {
        return target.may_be_host()
            && std::any_of(members().begin(), members().end(), [&](const Member& member) {
                   const auto& removed = member.outcome.report.removed;
                   return std::any_of(removed.begin(), removed.end(), [&](const EntryView& entry) {
                       return equal_ignoring_case(entry.host, target.text());
                   });
               });
    }

    // The certificates that were removed, or with --if-exists were to be.
    std::vector<const CertificateFile*> files()
    {
        std::vector<const CertificateFile*> files;
        for (const Target& target : removal_.targets) {
            if (target.file() != nullptr && !was_host(target)) {
                files.push_back(target.file());
            }
        }
        return files;
    }

    Context& context_;
    Removal& removal_;
    const RemovalOptions& options_;
    Scope scope_;
    EveryTable tables_;
    Consent consent_;
    bool absent_is_fine_; // in all of the tables
    std::vector<Member*> slow_;
};

} // namespace

bool remove_everywhere(Context& context, Removal& removal, const RemovalOptions& options)
{
    return RemovalEverywhere(context, removal, options).run();
}

} // namespace relayctl

#include "app/remove_everywhere.hpp"

#include "app/confirm.hpp"
#include "app/report.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace relayctl {

namespace {

// From how many entries on a pattern needs consent.
constexpr std::size_t many = 2;

struct Member {
    TableOutcome outcome;
    std::unique_ptr<Store> store;
    std::optional<Document> document; // what was seen at first; none: it was not or cannot be read
    bool is_slow = false;             // it does not answer at once, so the others go first
    std::optional<ErrorKind> failure;
    std::string state; // that the failure left, where that is not plain

    const TableName& table() const { return outcome.table; }
    bool is_ready() const { return store && !is_slow && !failure; }
};

class RemovalEverywhere {
public:
    RemovalEverywhere(Context& context, const std::vector<TableName>& tables, Removal& removal,
                      const RemovalOptions& options)
        : context_(context), removal_(removal), options_(options), scope_(scope_of(removal)),
          consent_(options.yes || options.change.dry_run, options.allow_empty || options.change.dry_run, many),
          absent_is_fine_(removal.absent_is_fine)
    {
        for (const TableName& table : tables) {
            members_.push_back({{table, {}, {}, {}}, nullptr, std::nullopt, false, std::nullopt, {}});
            members_.back().outcome.publication.map = table.has_map() ? MapState::unchanged : MapState::none;
        }
    }

    bool run()
    {
        for (Member& member : members_) {
            attempt(member, [&] { open(member); });
        }
        if (is_single() && !scope_.everything) {
            change(members_.front()); // its planner refuses what there is to refuse
        } else if (!change_all()) {
            return false;
        }
        finish();
        return true;
    }

private:
    bool is_single() const { return members_.size() == 1; }

    template <typename Work> void attempt(Member& member, Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted || is_single()) {
                throw;
            }
            member.failure = error.kind();
            member.state = error.state();
            member.outcome.error = error.what() + (error.state().empty() ? "" : ", " + error.state());
            const bool is_known = error.state().empty() && !member.outcome.publication.changed;
            report_warning(context_, escape(member.table().to_string())
                                         + (is_known ? ": could not be changed: " : ": ") + member.outcome.error);
        }
    }

    void open(Member& member)
    {
        if (is_single()) {
            require_writable(member.table());
        }
        if (member.table().is_writable()) {
            member.store = open_store(context_.postfix(), member.table());
            member.is_slow = !is_single() && !member.store->answers_at_once();
        }
    }

    // False: the answer to the question was no.
    bool change_all()
    {
        scope_.likely = Scope::Likely::unknown; // what is a host is decided by all tables together
        if (!settle()) {
            return false;
        }
        change_where([](const Member& member) { return !member.table().is_database(); });
        change_where([](const Member& member) { return member.table().is_database(); });
        for (Member& member : members_) {
            if (member.is_slow) {
                attempt(member, [&] { change_late(member); });
            }
        }
        return true;
    }

    // Reads all tables that answer, and refuses what there is to refuse before anything is changed.
    bool settle()
    {
        for (Member& member : members_) {
            if (member.is_ready()) {
                attempt(member, [&] { look(member); });
            }
        }
        require_listed(false);
        removal_.absent_is_fine = true; // in some of the tables
        std::size_t to_ask = 0;
        std::vector<MassRemoval> masses;
        std::vector<std::string> shown;
        for (const Member& member : members_) {
            if (member.document) {
                masses.push_back(foresee(member, shown));
                to_ask += consent_.note(masses.back());
            }
        }
        for (const MassRemoval& mass : masses) {
            consent_.require(mass);
        }
        return is_agreed(to_ask, shown);
    }

    // What would go from one table; shown: what of it goes by a pattern, for people.
    MassRemoval foresee(const Member& member, std::vector<std::string>& shown) const
    {
        ChangeReport report;
        MassRemoval mass{member.table().to_string(), {}, 0, 0};
        plan_removal(*member.document, removal_, report, mass);
        for (const EntryView& entry : report.removed) {
            if (std::find(mass.unnamed.begin(), mass.unnamed.end(), entry.fingerprint) != mass.unnamed.end()) {
                shown.push_back(described(entry) + (is_single() ? "" : " from " + escape(mass.table)));
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
        return std::any_of(removal_.targets.begin(), removal_.targets.end(), [&](const Target& target) {
            return !entries_of(*member.document, target, removal_.hosts).empty();
        });
    }

    void look(Member& member) { member.document.emplace(member.store->look(scope_)); }

    template <typename Predicate> void change_where(Predicate predicate)
    {
        for (Member& member : members_) {
            // Tables that do not list it are none of our business, but a single one says so.
            if (member.document && predicate(member) && (is_single() || lists_any(member))) {
                attempt(member, [&] { change(member); });
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
        const auto planner = [&](const Document& document, ChangeReport& report) {
            MassRemoval mass{member.table().to_string(), {}, 0, 0};
            Plan plan = plan_removal(document, removal_, report, mass);
            consent_.require(mass);
            return plan;
        };
        member.outcome = change_table(context_, member.table(), *member.store, options_.change, scope_, planner);
        require_replicated(member.table(), member.outcome.publication);
    }

    void note_hosts(const Member& member)
    {
        for (const Target& target : removal_.targets) {
            if (target.may_be_host() && member.document && is_listed_host(*member.document, target.text())) {
                removal_.hosts.insert(target.text());
            }
        }
    }

    // Not where a table could not be read: it may be listed there. is_over: then what is absent is said.
    void require_listed(bool is_over)
    {
        for (const Member& member : members_) {
            note_hosts(member);
        }
        const bool is_known = std::all_of(members_.begin(), members_.end(), [](const Member& member) {
            return member.document || (!member.failure && !member.table().is_writable());
        });
        for (const Target& target : removal_.targets) {
            const bool listed = std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
                return member.document && !entries_of(*member.document, target, removal_.hosts).empty();
            });
            if (!listed && is_known && !absent_is_fine_) {
                throw_not_listed(target);
            }
            if (!listed && is_known && is_over) {
                report_done(context_, quote(target.text()) + " is not listed");
            }
        }
    }

    // Tables that relayctl cannot change: whether they list what was removed.
    void ask_the_others()
    {
        std::vector<std::string> keys;
        for (const Member& member : members_) {
            for (const EntryView& entry : member.outcome.report.removed) {
                keys.push_back(entry.fingerprint);
            }
        }
        for (Member& member : members_) {
            if (member.table().is_writable() || keys.empty()) {
                continue;
            }
            attempt(member, [&] {
                const auto answers = context_.postfix().query_map(member.table(), keys);
                if (std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); })) {
                    throw Error(ErrorKind::refused, "it still lists the client, and relayctl does not change tables of type "
                                                        + quote(member.table().type));
                }
            });
        }
    }

    // Whether the word turned out to be a host that was listed, and no file.
    bool was_host(const Target& target) const
    {
        return target.may_be_host() && std::any_of(members_.begin(), members_.end(), [&](const Member& member) {
            const auto& removed = member.outcome.report.removed;
            return std::any_of(removed.begin(), removed.end(), [&](const EntryView& entry) {
                return equal_ignoring_case(entry.host, target.text());
            });
        });
    }

    // The certificates that were removed, or with --if-exists were to be.
    std::vector<const CertificateFile*> files() const
    {
        std::vector<const CertificateFile*> files;
        for (const Target& target : removal_.targets) {
            if (target.file() != nullptr && !was_host(target)) {
                files.push_back(target.file());
            }
        }
        return files;
    }

    void finish()
    {
        ask_the_others();
        std::vector<TableOutcome> outcomes;
        for (const Member& member : members_) {
            outcomes.push_back(member.outcome);
        }
        const auto named = files();
        const auto verdict = write_outcomes(context_, outcomes, options_.change, &named);
        throw_what_failed();
        if (!is_single()) {
            require_listed(true); // a slow one has told by now whether it lists it
        }
        require_revoked(context_, verdict);
    }

    void throw_what_failed() const
    {
        std::vector<std::string> names;
        std::optional<ErrorKind> kind;
        for (const Member& member : members_) {
            if (member.failure) {
                names.push_back(escape(member.table().to_string()));
                kind = kind ? kind : member.failure;
            }
        }
        if (kind) {
            throw Error(*kind, "not removed from every table, or not everywhere: " + join(names, ", "),
                        {"the client may still relay; mend it and run this again"})
                .with_state(state_of_all());
        }
    }

    std::string state_of_all() const
    {
        std::vector<std::string> changed;
        std::vector<std::string> states;
        for (const Member& member : members_) {
            if (member.outcome.publication.changed && !options_.change.dry_run) {
                changed.push_back(escape(member.table().to_string()));
            }
            if (!member.state.empty() && !member.outcome.publication.changed) {
                states.push_back(member.state);
            }
        }
        if (!changed.empty()) {
            states.push_back("changed: " + join(changed, ", "));
        }
        return states.empty() ? "nothing was changed" : join(states, "; ");
    }

    Context& context_;
    Removal& removal_;
    const RemovalOptions& options_;
    Scope scope_;
    Consent consent_;
    bool absent_is_fine_; // in all of them
    std::vector<Member> members_;
};

} // namespace

bool remove_everywhere(Context& context, const std::vector<TableName>& tables, Removal& removal,
                       const RemovalOptions& options)
{
    return RemovalEverywhere(context, tables, removal, options).run();
}

} // namespace relayctl

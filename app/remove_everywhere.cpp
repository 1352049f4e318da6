#include "app/remove_everywhere.hpp"

#include "app/report.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace relayctl {

namespace {

class RemovalEverywhere {
public:
    RemovalEverywhere(Context& context, const std::vector<TableName>& tables, Removal& removal, const ChangeOptions& options)
        : context_(context), removal_(removal), options_(options), scope_(scope_of(removal))
    {
        for (const TableName& table : tables) {
            members_.push_back({{table, {}, {}, {}}, nullptr, std::nullopt, std::nullopt, {}});
            members_.back().outcome.publication.map = table.has_map() ? MapState::unchanged : MapState::none;
        }
    }

    void run()
    {
        for (Member& member : members_) {
            attempt(member, [&] { look(member); });
        }
        require_listed();
        removal_.absent_is_fine = true;
        for (const Member& member : members_) { // whatever is refused is refused before anything is changed
            if (member.document) {
                ChangeReport unused;
                plan_removal(*member.document, removal_, unused);
            }
        }
        for (Member& member : members_) {
            if (member.document && lists_any(member)) { // the others are none of our business
                attempt(member, [&] { change(member); });
            }
        }
        ask_the_others();
        std::vector<TableOutcome> outcomes;
        for (const Member& member : members_) {
            outcomes.push_back(member.outcome);
        }
        write_outcomes(context_, outcomes, options_.dry_run);
        throw_what_failed();
    }

private:
    struct Member {
        TableOutcome outcome;
        std::unique_ptr<Store> store;
        std::optional<Document> document; // what was seen at first; none: it could not be read
        std::optional<ErrorKind> failure;
        std::string state; // that the failure left, where that is not plain
    };

    template <typename Work> void attempt(Member& member, Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            member.failure = error.kind();
            member.state = error.state();
            member.outcome.error = error.what() + (error.state().empty() ? "" : ", " + error.state());
            const bool is_known = error.state().empty() && !member.outcome.publication.changed;
            report_warning(context_, escape(member.outcome.table.to_string()) + (is_known ? ": could not be changed: " : ": ") + member.outcome.error);
        }
    }

    bool lists_any(const Member& member) const
    {
        return std::any_of(removal_.targets.begin(), removal_.targets.end(), [&](const Target& target) { return !entries_of(*member.document, target, removal_.hosts).empty(); });
    }

    void look(Member& member)
    {
        if (member.outcome.table.is_writable()) {
            member.store = open_store(context_.postfix(), member.outcome.table);
            member.document.emplace(member.store->look(scope_));
        }
    }

    void change(Member& member)
    {
        member.outcome = change_table(context_, member.outcome.table, *member.store, options_, scope_,
                                      [&](const Document& document, ChangeReport& report) { return plan_removal(document, removal_, report); });
        require_complete(member.outcome.table, member.outcome.publication);
    }

    void require_listed()
    {
        for (const Target& target : removal_.targets) {
            for (const Member& member : members_) {
                if (target.may_be_host() && member.document && is_listed_host(*member.document, target.text())) {
                    removal_.hosts.insert(target.text());
                }
            }
        }
        const bool any_failed = std::any_of(members_.begin(), members_.end(), [](const Member& m) { return m.failure.has_value(); });
        for (const Target& target : removal_.targets) {
            const bool listed = std::any_of(members_.begin(), members_.end(), [&](const Member& m) {
                return m.document && !entries_of(*m.document, target, removal_.hosts).empty();
            });
            if (!listed && !removal_.absent_is_fine && !any_failed) {
                throw_not_listed(target);
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
            if (member.outcome.table.is_writable() || keys.empty()) {
                continue;
            }
            attempt(member, [&] {
                const auto answers = context_.postfix().query_map(member.outcome.table, keys);
                if (std::any_of(answers.begin(), answers.end(), [](const auto& answer) { return answer.has_value(); })) {
                    throw Error(ErrorKind::refused, "it still lists the client, and relayctl does not change tables of type " + quote(member.outcome.table.type));
                }
            });
        }
    }

    void throw_what_failed() const
    {
        std::vector<std::string> names;
        std::optional<ErrorKind> kind;
        for (const Member& member : members_) {
            if (member.failure) {
                names.push_back(escape(member.outcome.table.to_string()));
                kind = kind ? kind : member.failure;
            }
        }
        if (kind) {
            throw Error(*kind, "not removed from every table, or not everywhere: " + join(names, ", "), {"the client may still relay; mend it and run this again"})
                .with_state(state_of_all());
        }
    }

    std::string state_of_all() const
    {
        std::vector<std::string> changed;
        std::vector<std::string> states;
        for (const Member& member : members_) {
            if (member.outcome.publication.changed && !options_.dry_run) {
                changed.push_back(escape(member.outcome.table.to_string()));
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
    const ChangeOptions& options_;
    Scope scope_;
    std::vector<Member> members_;
};

} // namespace

void remove_everywhere(Context& context, const std::vector<TableName>& tables, Removal& removal, const ChangeOptions& options)
{
    RemovalEverywhere(context, tables, removal, options).run();
}

} // namespace relayctl

#include "app/cli/confirm.hpp"
#include "app/cli/report.hpp"
#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/other_services.hpp"
#include "app/wanted_clients.hpp"
#include "core/base/text.hpp"
#include "core/store/text_table/consent.hpp"
#include "core/table/index.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace relayctl {

namespace {

struct ApplyOptions {
    std::string directory;
    bool prune = false;
    bool yes = false;
    bool allow_empty = false;
    bool labels = false;
    bool keep_digests = false;
    ClientOptions client;
    ChangeOptions change;
};

// What is to be done so that the table says what the directory says.
class Application {
public:
    Application(const Document& document, const std::vector<WantedClient>& wanted,
        OtherDigests& others, const ApplyOptions& options, ChangeReport& report,
        const std::string& table)
        : document_(document)
        , wanted_(wanted)
        , others_(others)
        , options_(options)
        , report_(report)
        , index_(document)
        , editor_(document)
    {
        mass_.table = table;
    }

    Plan plan()
    {
        for (const WantedClient& wanted : wanted_) {
            authorise(wanted.client);
        }
        // A key that somebody pinned is wanted as long as a certificate with it is.
        for (const WantedClient& wanted : wanted_) {
            if (wanted.client.key_fingerprint
                && index_.find(*wanted.client.key_fingerprint) != nullptr) {
                authorise(with_key_pinned(wanted.client));
            }
        }
        settle_the_rest();
        mass_.removed = plan_.removed;
        mass_.left = document_.entries_in_table() + plan_.added - plan_.removed;
        report_.nothing_to_do = "the table is as the directory says";
        plan_.edits = editor_.take();
        return std::move(plan_);
    }

    // What the plan takes from the table; after plan().
    const MassRemoval& mass() const { return mass_; }

private:
    void authorise(const NewClient& client)
    {
        if (!covered_.insert(client.fingerprint).second) {
            return; // a key that several certificates have
        }
        plan_.answers.emplace_back(client.fingerprint, client.entry.host);
        const Entry* entry = index_.find(client.fingerprint);
        if (entry == nullptr) {
            editor_.append(client.entry.fingerprint, client.entry.host, client.entry.annotation);
            ++plan_.added;
            report_.added.push_back(client.entry);
            if (!client.host_warning.empty()) {
                report_.warnings.push_back(client.host_warning);
            }
            return;
        }
        EntryView view = view_of(document_, *entry);
        if (view.host != client.entry.host) {
            report_.removed.push_back(view);
            view.host = client.entry.host;
            editor_.set_value(*entry, view.host);
            report_.added.push_back(view);
        }
        if (view.annotation.retire_after) {
            view.annotation.retire_after.reset();
            editor_.set_annotation(*entry, view.annotation);
            report_.updated.push_back({ std::move(view), "no longer to be retired" });
        }
    }

    // Entries that are none of the wanted fingerprints: made of a wanted certificate with another
    // digest, or of none.
    void settle_the_rest()
    {
        std::vector<std::pair<const Entry*, Fingerprint>> rest;
        for (const Entry& entry : document_.entries()) {
            if (const auto fingerprint = document_.meant_fingerprint(entry);
                fingerprint && !covered_.contains(*fingerprint)) {
                rest.emplace_back(&entry, *fingerprint);
            }
        }
        for (const auto& [entry, fingerprint] : rest) {
            const Origin* other = others_.find(fingerprint);
            if (other != nullptr && other->is_key) {
                authorise(with_key_pinned(other->wanted->client));
            }
            if (other != nullptr ? !options_.keep_digests : options_.prune) {
                erase(*entry, fingerprint);
            }
            if (other == nullptr && options_.prune) {
                report_.revoked.push_back(view_of(document_, *entry));
            }
        }
    }

    void erase(const Entry& entry, const Fingerprint& fingerprint)
    {
        editor_.erase(entry);
        ++plan_.removed;
        mass_.unnamed.emplace_back(document_.key(entry));
        report_.removed.push_back(view_of(document_, entry));
        if (Fingerprint::from_key(document_.key(entry))) {
            plan_.answers.emplace_back(fingerprint, std::nullopt);
        }
    }

    const Document& document_;
    const std::vector<WantedClient>& wanted_;
    OtherDigests& others_;
    const ApplyOptions& options_;
    ChangeReport& report_;
    EntryIndex index_;
    Editor editor_;
    Plan plan_;
    MassRemoval mass_;
    std::set<Fingerprint> covered_;
};

// Those by which the wanted clients may be listed, with the current digest.
std::set<Fingerprint> fingerprints_of(const std::vector<WantedClient>& wanted)
{
    std::set<Fingerprint> fingerprints;
    for (const WantedClient& client : wanted) {
        fingerprints.insert(client.client.fingerprint);
        if (client.client.key_fingerprint) {
            fingerprints.insert(*client.client.key_fingerprint);
        }
    }
    return fingerprints;
}

// What --prune would take, asked before anything is written.
bool is_agreed(const std::vector<WantedClient>& wanted, OtherDigests& others, const Scope& scope,
    const ApplyOptions& options, Context& context, Consent& consent)
{
    if (consent.is_general()) {
        return true;
    }
    const Document document = context.store().read_scope(scope);
    ChangeReport report;
    Application application(document, wanted, others, options, report, context.table().to_string());
    const Plan plan = application.plan();
    const std::size_t to_ask = consent.note(application.mass());
    if (to_ask == 0) {
        return true;
    }
    std::set<std::string_view> added;
    for (const EntryView& entry : report.added) {
        added.insert(entry.fingerprint);
    }
    for (const EntryView& entry : report.removed) {
        const bool renamed = added.contains(entry.fingerprint);
        report_done(context, (renamed ? "to be renamed: " : "to be removed: ") + described(entry));
    }
    return confirmed(context, false,
        "add " + std::to_string(plan.added) + " and remove "
            + count_of(plan.removed, "entry", "entries"));
}

// Whether there is a difference.
bool run_apply(const ApplyOptions& options, Context& context, bool& agreed)
{
    require_writable(context.table());
    std::vector<std::string> warnings;
    const std::vector<WantedClient> wanted
        = read_wanted_clients(options.directory, options.labels, options.client, context, warnings);
    OtherDigests others(wanted, context.digest_of_table());
    const std::set<Fingerprint> fingerprints = fingerprints_of(wanted);
    Scope scope = Scope::all();
    scope.counts_all = true;
    scope.keeps = [&](std::string_view key, std::string_view, const Annotation&) {
        const auto meant = Fingerprint::from_written(key);
        return meant
            && (options.prune || fingerprints.contains(*meant) || others.find(*meant) != nullptr);
    };
    Consent consent(!options.prune || options.yes || options.change.dry_run,
        options.allow_empty || options.change.dry_run, 1);
    agreed = is_agreed(wanted, others, scope, options, context, consent);
    if (!agreed) {
        report_done(context, "nothing was changed");
        return false;
    }
    const bool differs = carry_out(
        context, options.change, scope, [&](const Document& document, ChangeReport& report) {
            report.warnings = warnings;
            Application application(
                document, wanted, others, options, report, context.table().to_string());
            Plan plan = application.plan();
            consent.require(application.mass());
            return plan;
        });
    std::vector<NewClient> clients;
    std::transform(wanted.begin(), wanted.end(), std::back_inserter(clients),
        [](const WantedClient& client) { return client.client; });
    note_other_services(context, clients);
    return differs;
}

void add_apply_options(CLI::App& command, ApplyOptions& options)
{
    command.add_option("DIR", options.directory, "certificates: HOST.pem, or HOST/ANY.pem")
        ->type_name("")
        ->required();
    command.add_flag("--prune", options.prune, "remove entries that have no certificate in DIR");
    command.add_flag("--key", options.client.key, "pin the keys instead of the certificates");
    command.add_flag("--labels", options.labels, "file names may be any text, not only hosts");
    command.add_flag("--keep-other-digests", options.keep_digests,
        "leave the entries of another digest, while Postfix is switched over");
}

constexpr const char* apply_footer
    = R"(Certificates of DIR that are not listed are added, those listed for another host
renamed; entries of them with another digest are made anew. Entries without a
certificate in DIR stay, unless --prune is given. One publication, or none.

Examples:
  relayctl apply --dry-run /srv/relay-clients
  relayctl apply --prune --yes /srv/relay-clients
  relayctl apply -d sha256 --keep-other-digests /srv/relay-clients

Exit status:
  0 the table is as DIR says    1 it would be emptied, or the answer was no
  2 usage, or nobody to ask    3 bad certificate, file name or table
  4 Postfix failed    5 lock busy or permission denied    6 disk or system error)";

constexpr const char* diff_footer
    = R"(What apply would do, as apply --dry-run shows it; nothing is written.

Examples:
  relayctl diff /srv/relay-clients
  relayctl diff --prune --json /srv/relay-clients | jq -r '.removed[].host'

Exit status:
  0 no difference    1 differences    2 usage    3 bad certificate, file name or
  table    4 Postfix failed    5 permission denied    6 disk or system error)";

} // namespace

void setup_apply(CLI::App& app, Context& context)
{
    auto options = std::make_shared<ApplyOptions>();
    CLI::App* command
        = app.add_subcommand("apply", "Make the table what a directory of certificates says");
    add_apply_options(*command, *options);
    command->add_flag("-y,--yes", options->yes, "do not ask before removing");
    command->add_flag("--allow-empty", options->allow_empty, "go on where no entry would be left");
    command->add_option("--note", options->client.note, "a remark, kept with new entries")
        ->type_name("TEXT");
    add_change_options(*command, options->change);
    command->footer(apply_footer);
    set_changing_command(*command, context, [options, &context] {
        bool agreed = true;
        run_apply(*options, context, agreed);
        return agreed ? ExitStatus::ok : ExitStatus::no;
    });
}

void setup_diff(CLI::App& app, Context& context)
{
    auto options = std::make_shared<ApplyOptions>();
    options->change.dry_run = true;
    options->allow_empty = true;
    CLI::App* command = app.add_subcommand("diff", "Show what apply would change");
    add_apply_options(*command, *options);
    command->footer(diff_footer);
    command->callback([options, &context] {
        context.command = [options, &context] {
            bool agreed = true;
            return run_apply(*options, context, agreed) ? ExitStatus::no : ExitStatus::ok;
        };
    });
}

} // namespace relayctl

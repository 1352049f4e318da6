#include "core/operations/remove.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/report.hpp"
#include "app/commands/listed_words.hpp"
#include "app/commands/show_change.hpp"
#include "core/base/text.hpp"

namespace relayctl {

namespace {

// What was typed behind "remove".
struct RemoveOptions {
    std::vector<std::string> who;
    bool all = false;
    bool if_exists = false;
    GivenConsent consent;
    ChangeOptions change;
};

// Returns the word, or the listed fingerprint that it begins.
std::string with_all_digits(const std::string& who, Context& context)
{
    const auto listed = Fingerprint::from_any(who) ? std::nullopt : listed_by_digits(who, context);
    return listed ? listed->fingerprint.to_string() : who;
}

// Removes the clients from every table that lists them, then asks the services whether they still
// relay.
ExitStatus run_remove(const RemoveOptions& options, Context& context)
{
    RemoveRequest request{ {}, options.consent, options.change };
    for (const std::string& who : options.who) {
        // A file is read here, before any table is changed, so a bad one changes nothing.
        request.removal.targets.emplace_back(with_all_digits(who, context));
    }
    request.removal.all = options.all;
    request.removal.absent_is_fine = options.if_exists;
    request.change.begins_table = options.if_exists; // a table that is not there lists nobody
    require_any_changeable(context);
    ChangeView view(context, options.change);
    const auto result = [&] {
        try {
            return remove_clients(table_access(context), request, view);
        } catch (Error& error) {
            add_what_was_meant(error, options.who, context);
            throw;
        }
    }();
    if (!result) {
        return view.declined();
    }
    view.show(result->change, &result->files);
    // With --if-exists a client that is not listed is no error, but it is told.
    for (const std::string& word : result->absent) {
        report_done(context, quote(word) + " is not listed");
    }
    return ExitStatus::ok;
}

} // namespace

void declare_remove(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_remove,
        R"(WHO is a host, a pattern of hosts, a fingerprint in any spelling, or a
certificate file (then the entries of the certificate and of its key go). The
first six digits of a fingerprint are enough where no other begins with them.
It goes from every table that a service asks. Then the services are asked, here
and in the other Postfix instances, and those that still relay for it are named.

Examples:
  relayctl remove zen.suse.co.uk
  relayctl remove --all --yes '*.old.example.org'
  relayctl remove ./stolen-laptop.pem

Exit status:
  0 removed (with --if-exists also: was not listed)    1 not listed, several
  match without --all, it would empty a table, the answer was no, or a service
  still relays    2 usage, or nobody to ask    3 bad certificate or table
  4 Postfix failed    5 lock busy or permission denied
  6 disk or system error)");
    add_operand(
        command, "WHO", options.who, "a host, fingerprint or certificate file", ValueKind::client);
    add_flag(command, "--all", options.all, "all entries, where several match");
    add_flag(command, "--if-exists", options.if_exists, "no error where it is not listed");
    add_consent_options(command, options.consent, "do not ask where a pattern fits several",
        "go on where a pattern leaves no entry");
    add_change_options(command, options.change);
}

} // namespace relayctl

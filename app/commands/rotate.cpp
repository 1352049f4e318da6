#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/commands/duration_option.hpp"
#include "app/every_table.hpp"
#include "app/new_client.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

struct RotateOptions {
    std::string host;
    std::string file;
    std::optional<std::chrono::seconds> grace;
    bool create = false;
    ClientOptions client;
    ChangeOptions change;
};

constexpr std::chrono::seconds default_grace = 14 * 24h;

// A client that resumes a TLS session still shows the certificate of that session. smtpd keeps sessions for
// smtpd_tls_session_cache_timeout (3600 s), and the keys of session tickets up to twice that (tls_server.c, tls_scache.c).
constexpr std::chrono::seconds resumption_time = 2h;

std::vector<const Entry*> entries_of(const Document& document, const std::string& host)
{
    std::vector<const Entry*> found;
    for (const Entry& entry : document.entries()) {
        if (equal_ignoring_case(document.value(entry), host) && Fingerprint::from_key(document.key(entry))) {
            found.push_back(&entry);
        }
    }
    return found;
}

// The host as its entries have it, or as it was typed for the first one.
std::string name_of(const Document& document, const std::vector<const Entry*>& former, const RotateOptions& options)
{
    if (!former.empty()) {
        return std::string(document.value(*former.front()));
    }
    if (!options.create) {
        throw Error(ErrorKind::refused, quote(options.host) + ": not listed", {"for a new client: relayctl add, or --create"});
    }
    if (const auto problem = problem_with_host(options.host)) {
        throw Error(ErrorKind::usage, "host " + quote(options.host) + ": " + *problem);
    }
    return options.host;
}

class Rotation {
public:
    Rotation(const Document& document, const NewClient& client, const RotateOptions& options, Time now, ChangeReport& report)
        : document_(document), client_(client), options_(options), now_(now), report_(report), editor_(document),
          former_(entries_of(document, options.host))
    {
    }

    Plan plan()
    {
        Plan plan;
        const std::string host = name_of(document_, former_, options_);
        if (is_pinned_by_key()) {
            report_.nothing_to_do = escape(host) + " is listed by its key, which this certificate has, too";
            return plan;
        }
        report_.warnings = client_.warnings;
        report_.nothing_to_do = client_.entry.fingerprint + ' ' + escape(host) + " is listed already, and its former entries are to be retired";
        plan.added = authorise(host) ? 1 : 0;
        plan.answers.emplace_back(client_.fingerprint, host);
        std::size_t retired = 0;
        for (const Entry* entry : former_) {
            retired += Fingerprint::from_key(document_.key(*entry)) != client_.fingerprint && retire(*entry) ? 1 : 0;
        }
        if (retired > 0 && grace() < resumption_time) {
            report_.warnings.push_back("a grace below two hours: a client that resumes a TLS session still shows its old certificate, up to two "
                                       "hours long (twice smtpd_tls_session_cache_timeout), and is refused once that is pruned");
        }
        plan.edits = editor_.take();
        return plan;
    }

private:
    std::chrono::seconds grace() const { return options_.grace.value_or(default_grace); }

    // An entry of the key that goes on with the new certificate.
    bool is_pinned_by_key() const
    {
        return client_.key_fingerprint && client_.key_fingerprint != client_.fingerprint
            && std::any_of(former_.begin(), former_.end(), [&](const Entry* entry) {
                   return Fingerprint::from_key(document_.key(*entry)) == client_.key_fingerprint
                       && !document_.annotation(*entry).retire_after;
               });
    }

    // Whether an entry is added.
    bool authorise(const std::string& host)
    {
        const Entry* existing = document_.find(client_.fingerprint);
        if (existing == nullptr) {
            editor_.append(client_.entry.fingerprint, host, client_.entry.annotation);
            report_.added.push_back(client_.entry);
            report_.added.back().host = host;
            return true;
        }
        EntryView view = view_of(document_, *existing);
        if (!equal_ignoring_case(view.host, host)) {
            throw Error(ErrorKind::refused, client_.entry.fingerprint + ": is listed already, for " + escape(view.host) + line_in_words(*existing),
                        {"to rename that entry: relayctl add --replace"});
        }
        if (view.annotation.retire_after) {
            view.annotation.retire_after.reset();
            editor_.set_annotation(*existing, view.annotation);
            report_.updated.push_back({std::move(view), "no longer to be retired"});
        }
        return false;
    }

    // Whether it was not yet to be retired by then. Run again, the first date stays: a hook may fire twice.
    bool retire(const Entry& entry)
    {
        EntryView view = view_of(document_, entry);
        Annotation& annotation = view.annotation;
        const Time then = now_ + grace();
        if (annotation.retire_after && *annotation.retire_after <= then) {
            return false;
        }
        if (annotation.expires && client_.entry.annotation.expires && *annotation.expires > *client_.entry.annotation.expires) {
            report_.warnings.push_back("the new certificate expires before the one of " + places_of(document_, {&entry})
                                       + ", which it replaces: is it the right one?");
        }
        annotation.retire_after = then;
        annotation.for_fingerprint = beginning_of(*Fingerprint::from_key(view.fingerprint));
        editor_.set_annotation(entry, annotation);
        report_.updated.push_back({std::move(view), "to be retired after " + to_rfc3339(then)});
        return true;
    }

    const Document& document_;
    const NewClient& client_;
    const RotateOptions& options_;
    Time now_;
    ChangeReport& report_;
    Editor editor_;
    std::vector<const Entry*> former_; // of the host, the new one among them if it is there already
};

ExitStatus run_rotate(const RotateOptions& options, Context& context)
{
    require_any_changeable(context);
    const NewClient client = client_from_file(load_certificates(options.file), options.client, context);
    Scope scope;
    scope.fingerprints.push_back(client.fingerprint);
    if (client.key_fingerprint) {
        scope.fingerprints.push_back(*client.key_fingerprint);
    }
    scope.hosts.push_back(options.host);
    const auto is_listed = [&](const Document& document) { return !entries_of(document, options.host).empty(); };
    carry_out_everywhere(context, options.change, scope, is_listed, [&](const Document& document, ChangeReport& report) {
        return Rotation(document, client, options, context.now(), report).plan();
    });
    warn_of_refusals(context, options.change);
    return ExitStatus::ok;
}

constexpr const char* rotate_footer = R"(Both certificates relay until prune removes the old one, after the grace. Run
again with the same certificate it changes nothing: made for renewal hooks.

Examples:
  relayctl rotate zen.suse.co.uk renewed.pem
  relayctl rotate --grace 2d --create zen.suse.co.uk renewed.pem

Exit status:
  0 the certificate is listed    1 HOST is unknown, or the certificate belongs
  to another host    2 usage    3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_rotate(CLI::App& app, Context& context)
{
    auto options = std::make_shared<RotateOptions>();
    CLI::App* command = app.add_subcommand("rotate", "Authorise a renewed certificate, retire the old one later");
    command->add_option("HOST", options->host, "the client, as it is listed")->type_name("")->required();
    command->add_option("CERT", options->file, "its new certificate")->type_name("")->required();
    add_duration_option(*command, "--grace", options->grace, "how long the former entries stay (14d)");
    command->add_flag("--create", options->create, "add HOST where it is unknown");
    command->add_flag("--key", options->client.key, "pin the key: also renewed certificates with it");
    command->add_option("--note", options->client.note, "a remark, kept with the new entry")->type_name("TEXT");
    add_change_options(*command, options->change);
    command->footer(rotate_footer);
    set_changing_command(*command, context, [options, &context] { return run_rotate(*options, context); });
}

} // namespace relayctl

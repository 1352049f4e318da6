#include "app/cli/command_table.hpp"
#include "app/cli/value_kind.hpp"
#include "app/commands/change.hpp"
#include "app/commands/duration_option.hpp"
#include "app/configuration.hpp"
#include "app/every_table.hpp"
#include "app/new_host.hpp"
#include "core/base/file.hpp"
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

// A client that resumes a TLS session still shows the certificate of that session. smtpd keeps
// sessions for smtpd_tls_session_cache_timeout (3600 s), and the keys of session tickets up to
// twice that (tls_server.c, tls_scache.c).
constexpr std::chrono::seconds resumption_time = 2h;

std::vector<const Entry*> entries_of(const Document& document, const std::string& host)
{
    std::vector<const Entry*> found;
    for (const Entry& entry : document.entries()) {
        if (equal_ignoring_case(document.value(entry), host)
            && Fingerprint::from_key(document.key(entry))) {
            found.push_back(&entry);
        }
    }
    return found;
}

// The host as its entries have it, or as it was typed for the first one.
std::string name_of(
    const Document& document, const std::vector<const Entry*>& former, const RotateOptions& options)
{
    if (!former.empty()) {
        return std::string(document.value(*former.front()));
    }
    if (const auto problem = problem_with_new_host(options.host);
        problem && (options.create || problem != problem_with_host(options.host))) {
        throw Error(ErrorKind::usage, "host " + quote(options.host) + ": " + *problem,
            { "the host comes first: relayctl rotate HOST CERT" });
    }
    if (!options.create) {
        throw Error(ErrorKind::refused, quote(options.host) + ": not listed",
            { "for a new client: relayctl add, or --create" });
    }
    return options.host;
}

class Rotation {
public:
    Rotation(const Document& document, const NewClient& client, const RotateOptions& options,
        Time now, ChangeReport& report)
        : document_(document)
        , client_(client)
        , options_(options)
        , now_(now)
        , report_(report)
        , editor_(document)
        , former_(entries_of(document, options.host))
    {
    }

    Plan plan()
    {
        Plan plan;
        const std::string host = name_of(document_, former_, options_);
        if (is_pinned_by_key()) {
            report_.nothing_to_do
                = escape(host) + " is listed by its key, which this certificate has, too";
            return plan;
        }
        report_.warnings = client_.warnings;
        report_.nothing_to_do = client_.entry.fingerprint + ' ' + escape(host)
            + " is listed already, and its former entries are to be retired";
        plan.added = authorise(host) ? 1 : 0;
        plan.answers.emplace_back(client_.fingerprint, host);
        std::size_t retired = 0;
        for (const Entry* entry : former_) {
            retired += Fingerprint::from_key(document_.key(*entry)) != client_.fingerprint
                    && retire(*entry)
                ? 1
                : 0;
        }
        if (retired > 0 && grace() < resumption_time) {
            report_.warnings.push_back("a grace below two hours: a client that resumes a TLS "
                                       "session still shows its old certificate, up to two "
                                       "hours long (twice smtpd_tls_session_cache_timeout), and is "
                                       "refused once that is pruned");
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
            warn_of_other_host(report_.added.back());
            return true;
        }
        EntryView view = view_of(document_, *existing);
        if (!equal_ignoring_case(view.host, host)) {
            throw Error(ErrorKind::refused,
                client_.entry.fingerprint + ": is listed already, for " + escape(view.host)
                    + line_in_words(*existing),
                { "to rename that entry: relayctl add --replace" });
        }
        if (view.annotation.retire_after) {
            view.annotation.retire_after.reset();
            editor_.set_annotation(*existing, view.annotation);
            report_.updated.push_back({ std::move(view), "no longer to be retired" });
        }
        return false;
    }

    // A renewed certificate of the same subject is as right as the former one was.
    void warn_of_other_host(const EntryView& added)
    {
        const bool is_renewed
            = std::any_of(former_.begin(), former_.end(), [&](const Entry* entry) {
                  return !added.annotation.subject.empty()
                      && document_.annotation(*entry).subject == added.annotation.subject;
              });
        NewClient client = client_;
        client.entry.host = added.host;
        if (const auto warning = is_renewed ? std::nullopt : warning_about_host(client)) {
            report_.warnings.push_back(*warning);
        }
    }

    // Whether it was not yet to be retired by then. Run again, the first date stays: a hook may
    // fire twice.
    bool retire(const Entry& entry)
    {
        EntryView view = view_of(document_, entry);
        Annotation& annotation = view.annotation;
        const auto end = time_of_seconds((now_ + grace()).time_since_epoch().count());
        if (!end) {
            throw Error(
                ErrorKind::usage, "--grace: ends after the year 9999, which no annotation can say");
        }
        const Time then = *end;
        if (annotation.retire_after && *annotation.retire_after <= then) {
            return false;
        }
        if (annotation.expires && client_.entry.annotation.expires
            && *annotation.expires > *client_.entry.annotation.expires) {
            report_.warnings.push_back("the new certificate expires before the one of "
                + places_of(document_, { &entry }) + ", which it replaces: is it the right one?");
        }
        annotation.retire_after = then;
        annotation.for_fingerprint = beginning_of(*Fingerprint::from_key(view.fingerprint));
        editor_.set_annotation(entry, annotation);
        report_.updated.push_back({ std::move(view), "to be retired after " + to_rfc3339(then) });
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

// The new certificate by the digest of each of context.tables(), in their order: services may
// compute different ones.
std::vector<NewClient> clients_by_table(const RotateOptions& options, Context& context)
{
    const CertificateFile file = load_certificates(options.file);
    std::vector<NewClient> clients;
    for (const AskedTable& asked : context.tables()) {
        clients.push_back(
            client_from_file(file, options.client, context.digest_of(asked), context));
    }
    return clients;
}

Scope scope_of(const std::vector<NewClient>& clients, const RotateOptions& options)
{
    Scope scope;
    for (const NewClient& client : clients) {
        scope.fingerprints.push_back(client.fingerprint);
        if (client.key_fingerprint) {
            scope.fingerprints.push_back(*client.key_fingerprint);
        }
    }
    scope.hosts.push_back(options.host);
    return scope;
}

// Rotates in each table where the host stands, else in the one that new clients go to.
class EveryRotation {
public:
    EveryRotation(const RotateOptions& options, Context& context)
        : options_(options)
        , context_(context)
        , clients_(clients_by_table(options, context))
        , scope_(scope_of(clients_, options))
        , tables_(context, options.change, scope_)
    {
    }

    void run()
    {
        if (clients_.size() > 1) {
            find();
        }
        if (concerned_.empty() && !tables_.any_failed()) {
            rotate_in_one();
            return;
        }
        for (const std::size_t i : concerned_) { // what is refused is refused before any change
            ChangeReport unused;
            planner(clients_[i])(*tables_.members()[i].document, unused);
        }
        for (const std::size_t i : concerned_) {
            tables_.change(tables_.members()[i], planner(clients_[i]));
        }
        tables_.finish("not done in every table", { "mend it and run this again" });
    }

    // The tables that it was about.
    std::vector<TableName> changed()
    {
        std::vector<TableName> names;
        for (const std::size_t i : concerned_) {
            names.push_back(context_.tables()[i].table);
        }
        return names.empty() ? std::vector<TableName>{ context_.table() } : names;
    }

private:
    void find()
    {
        tables_.look();
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            const auto& document = tables_.members()[i].document;
            if (document && !entries_of(*document, options_.host).empty()) {
                concerned_.push_back(i);
            }
        }
    }

    void rotate_in_one()
    {
        if (clients_.size() > 1) { // an unknown host is refused as such, not for want of a table
            ChangeReport unused;
            planner(clients_.front())(Document(std::string()), unused);
        }
        const auto& asked = context_.tables();
        const AskedTable* one = find_table(asked, context_.table());
        const auto place = static_cast<std::size_t>(one != nullptr ? one - asked.data() : 0);
        carry_out(context_, options_.change, scope_, planner(clients_[place]));
    }

    ReportingPlanner planner(const NewClient& client) const
    {
        return [this, &client](const Document& document, ChangeReport& report) {
            return Rotation(document, client, options_, context_.now(), report).plan();
        };
    }

    const RotateOptions& options_;
    Context& context_;
    std::vector<NewClient> clients_; // one for each of context.tables()
    Scope scope_;
    EveryTable tables_;
    std::vector<std::size_t> concerned_; // the tables that list the host already
};

ExitStatus run_rotate(const RotateOptions& options, Context& context)
{
    require_any_changeable(context);
    if (is_certificate_file_name(options.host) && !stat_of(options.file)) {
        throw Error(ErrorKind::usage,
            "rotate " + quote(options.host) + ": is the name of a certificate file, not of a host",
            { "the host comes first: relayctl rotate HOST CERT" });
    }
    EveryRotation rotation(options, context);
    rotation.run();
    if (!options.change.dry_run) {
        warn_of_refusals(context, rotation.changed());
    }
    return ExitStatus::ok;
}

constexpr const char* rotate_footer
    = R"(Both certificates relay until prune removes the old one, after the grace. Run
again with the same certificate it changes nothing: made for renewal hooks.

Examples:
  relayctl rotate zen.suse.co.uk renewed.pem
  relayctl rotate --grace 2d --create zen.suse.co.uk renewed.pem

Exit status:
  0 the certificate is listed    1 HOST is unknown, or the certificate belongs
  to another host    2 usage    3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)";

} // namespace

RunCommand declare_rotate(CLI::App& command, Context& context)
{
    auto options = std::make_shared<RotateOptions>();
    command.add_option("HOST", options->host, "the client, as it is listed")
        ->type_name("")
        ->required()
        ->check(completed_as(ValueKind::listed));
    command.add_option("CERT", options->file, "its new certificate")
        ->type_name("")
        ->required()
        ->check(completed_as(ValueKind::file));
    add_duration_option(
        command, "--grace", options->grace, "how long the former entries stay (14d)");
    command.add_flag("--create", options->create, "add HOST where it is unknown");
    command.add_flag(
        "--key", options->client.key, "pin the key: also renewed certificates with it");
    command.add_option("--note", options->client.note, "a remark, kept with the new entry")
        ->type_name("TEXT");
    add_change_options(command, options->change);
    command.footer(rotate_footer);
    return [options, &context] { return run_rotate(*options, context); };
}

} // namespace relayctl

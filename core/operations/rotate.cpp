// The new entry is added, and the former ones of the host stay for the grace: the client may change
// its certificate at any time in it. With several tables, each that lists the host is rotated. All
// of them are planned once before the first is changed.
#include "core/operations/rotate.hpp"

#include "core/base/text.hpp"
#include "core/operations/client_host.hpp"
#include "core/operations/every_table.hpp"
#include "core/operations/table_plan.hpp"
#include "core/table/host.hpp"

#include <algorithm>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

// A client that resumes a TLS session still shows the certificate of that session. smtpd keeps
// sessions for smtpd_tls_session_cache_timeout (3600 s), and the keys of session tickets up to
// twice that (tls_server.c, tls_scache.c).
constexpr std::chrono::seconds resumption_time = 2h;

// Returns the entries with this value that smtpd can find by their key.
std::vector<const Entry*> entries_of_host(const Document& document, const std::string& host)
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

// The rotation in one table.
struct Rotation : TablePlan {
    const NewClient& new_client;
    const RotateRequest& request;
    // Of the host; the new one is among them if it is listed.
    std::vector<const Entry*> entries = entries_of_host(document, request.host);

    Plan plan()
    {
        const std::string host = host_of_entries();
        if (is_pinned_by_key()) {
            report.nothing_to_do
                = escape(host) + " is listed by its key, which this certificate has, too";
            return finished();
        }
        report.warnings = new_client.warnings;
        // It is only shown if the plan has no edits.
        report.unchanged = new_client.entry;
        report.unchanged->host = host;
        report.nothing_to_do = "is listed already, and its former entries are to be retired";
        made.added = authorise(host) ? 1 : 0;
        made.answers.emplace_back(new_client.fingerprint, host);
        std::size_t retired = 0;
        for (const Entry* entry : entries) {
            retired += Fingerprint::from_key(document.key(*entry)) != new_client.fingerprint
                    && retire(*entry)
                ? 1
                : 0;
        }
        // Without an entry to be retired nobody comes with the old certificate.
        if (retired > 0 && request.grace < resumption_time) {
            report.warnings.push_back("a grace below two hours: a client that resumes a TLS "
                                      "session still shows its old certificate, up to two "
                                      "hours long (twice smtpd_tls_session_cache_timeout), and is "
                                      "refused once that is pruned");
        }
        return finished();
    }

    // The host as its entries spell it; as it was typed where it has none yet.
    std::string host_of_entries() const
    {
        if (!entries.empty()) {
            return std::string(document.value(*entries.front()));
        }
        // HOST and CERT may have been given in the wrong order: then the name of a file stands
        // where the host belongs.
        const std::string& host = request.host;
        if (const auto problem = problem_with_new_host(host);
            problem && (request.create || problem != problem_with_host(host))) {
            throw Error(ErrorKind::usage, "host " + quote(host) + ": " + *problem,
                { Hint("the host comes first: ", { "relayctl", "rotate", "HOST", "CERT" }) });
        }
        if (!request.create) {
            throw Error(
                ErrorKind::refused, quote(host) + ": not listed", { request.hint_if_unknown });
        }
        return host;
    }

    // Returns true if an entry lists the key, which goes on with the new certificate.
    bool is_pinned_by_key() const
    {
        return new_client.key_fingerprint && new_client.key_fingerprint != new_client.fingerprint
            && std::any_of(entries.begin(), entries.end(), [&](const Entry* entry) {
                   return Fingerprint::from_key(document.key(*entry)) == new_client.key_fingerprint
                       && !document.annotation(*entry).retire_after;
               });
    }

    // Returns false if the certificate is listed already.
    bool authorise(const std::string& host)
    {
        const Entry* existing = document.find(new_client.fingerprint);
        if (existing == nullptr) {
            EntryView added = new_client.entry;
            added.host = host;
            inherit(added.annotation);
            editor.append(added.fingerprint, host, added.annotation);
            report.added.push_back(std::move(added));
            warn_of_other_host(report.added.back());
            return true;
        }
        EntryView view = view_of(document, *existing);
        if (!equal_ignoring_case(view.host, host)) {
            throw Error(ErrorKind::refused,
                new_client.entry.fingerprint + ": is listed already, for " + escape(view.host)
                    + line_in_words(*existing),
                { "to rename that entry, add the certificate for the new host with --replace" });
        }
        // Somebody may have rotated away from this certificate before, and comes back to it.
        keep_for_good(*existing, std::move(view), editor, report);
        return false;
    }

    // The client keeps its owner and its end with a new certificate. Of several entries the one
    // that relays longest says when it ends; where one has no end, the client has none.
    void inherit(Annotation& annotation) const
    {
        std::optional<Time> latest;
        bool has_end = true;
        for (const Entry* entry : entries) {
            const Annotation former = document.annotation(*entry);
            if (former.retire_after) { // its own successor is among the others
                continue;
            }
            has_end = has_end && former.until;
            latest
                = former.until ? std::max(latest.value_or(*former.until), *former.until) : latest;
            annotation.owner = annotation.owner.empty() ? former.owner : annotation.owner;
        }
        if (!annotation.until && has_end) {
            annotation.until = latest;
        }
    }

    // No warning about a renewed certificate of the same subject: it is as right as the former one.
    void warn_of_other_host(const EntryView& added)
    {
        const bool is_renewed
            = std::any_of(entries.begin(), entries.end(), [&](const Entry* entry) {
                  return !added.annotation.subject.empty()
                      && document.annotation(*entry).subject == added.annotation.subject;
              });
        NewClient client = new_client;
        client.entry.host = added.host;
        if (const auto warning = is_renewed ? std::nullopt : warning_about_host(client)) {
            report.warnings.push_back(*warning);
        }
    }

    // Returns false if the entry is to be retired by then already. A renewal hook may run twice:
    // the first date stays.
    bool retire(const Entry& entry)
    {
        EntryView view = view_of(document, entry);
        Annotation& annotation = view.annotation;
        const auto then = time_of_seconds((request.now + request.grace).time_since_epoch().count());
        if (!then) {
            throw Error(
                ErrorKind::usage, "--grace: ends after the year 9999, which no annotation can say");
        }
        if (annotation.retire_after && *annotation.retire_after <= *then) {
            return false;
        }
        const auto& expires = new_client.entry.annotation.expires;
        if (annotation.expires && expires && *annotation.expires > *expires) {
            report.warnings.push_back("the new certificate expires before the one of "
                + places_of(document, { &entry }) + ", which it replaces: is it the right one?");
        }
        annotation.retire_after = *then;
        // An annotation that was written by hand becomes one for this fingerprint.
        annotation.for_fingerprint = beginning_of(*Fingerprint::from_key(view.fingerprint));
        editor.set_annotation(entry, annotation);
        report.updated.push_back({ std::move(view), "to be retired after " + to_rfc3339(*then) });
        return true;
    }
};

// Returns the planner for one table. client and request must outlive it.
ReportingPlanner planner_for(const NewClient& client, const RotateRequest& request)
{
    return [&](const Document& document, ChangeReport& report) {
        return Rotation{ { document, report }, client, request }.plan();
    };
}

// The planner needs the entries of the host, and whether the new certificate is listed for another
// one.
Scope scope_of(const RotateRequest& request)
{
    Scope scope;
    for (const NewClient& client : request.clients) {
        scope.fingerprints.push_back(client.fingerprint);
        if (client.key_fingerprint) {
            scope.fingerprints.push_back(*client.key_fingerprint);
        }
    }
    scope.hosts.push_back(request.host);
    return scope;
}

// No table lists the host: it is a new one.
RotateResult rotate_new_host(
    const TableAccess& access, const RotateRequest& request, const Scope& scope, Observer& observer)
{
    if (access.tables.size() > 1) { // an unknown host is refused as such, not for want of a table
        ChangeReport unused;
        planner_for(request.clients.front(), request)(Document(std::string()), unused);
    }
    const TableName table = access.choose();
    // Each table has a client of its own, since tables may be asked with different digests.
    const AskedTable* asked = find_table(access.tables, table);
    const std::size_t place
        = asked != nullptr ? static_cast<std::size_t>(asked - access.tables.data()) : 0;
    ChangeOptions change = request.change;
    change.begins_table = request.create;
    return { change_one_table(access, table, change, scope,
                 planner_for(request.clients[place], request), observer),
        { table } };
}

} // namespace

RotateResult rotate(const TableAccess& access, const RotateRequest& request, Observer& observer)
{
    const Scope scope = scope_of(request);
    EveryTable tables(access, request.change, scope, observer);
    std::vector<std::size_t> concerned; // the tables that list the host
    if (!tables.is_single()) {
        tables.read();
        for (std::size_t i = 0; i < tables.members().size(); ++i) {
            const auto& document = tables.members()[i].document;
            if (document && !entries_of_host(*document, request.host).empty()) {
                concerned.push_back(i);
            }
        }
    }
    if (concerned.empty() && !tables.any_failed()) {
        return rotate_new_host(access, request, scope, observer);
    }
    for (const std::size_t i : concerned) { // what is refused is refused before any change
        ChangeReport unused;
        planner_for(request.clients[i], request)(*tables.members()[i].document, unused);
    }
    RotateResult result;
    for (const std::size_t i : concerned) {
        tables.change(tables.members()[i], planner_for(request.clients[i], request));
        result.tables.push_back(access.tables[i].table);
    }
    result.change = tables.result("not done in every table", { "mend it and run this again" });
    return result;
}

} // namespace relayctl

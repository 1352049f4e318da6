#include "app/commands.hpp"
#include "app/commands/change.hpp"
#include "app/report.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/fingerprint_set.hpp"

#include <CLI/CLI.hpp>

#include <fnmatch.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <set>

namespace relayctl {

namespace {

struct RemoveOptions {
    std::vector<std::string> who;
    bool all = false;
    bool if_exists = false;
    ChangeOptions change;
};

bool is_listed_host(const Document& document, const std::string& text)
{
    return !document.entries_where([&](const Entry& entry) { return equal_ignoring_case(document.value(entry), text); }).empty();
}

// One WHO: a host that is listed wins over a fingerprint, that over a file of this name; whatever has a slash is a file.
class Target {
public:
    explicit Target(const std::string& who) : text_(who), is_file_(who.find('/') != std::string::npos || who == "-")
    {
        if (is_file_) {
            take_file();
        } else if (const auto fingerprint = Fingerprint::from_any(who)) {
            take(*fingerprint);
        } else if (stat_of(who)) {
            try {
                take_file();
            } catch (const Error&) { // it may be a host all the same
                file_error_ = std::current_exception();
            }
        } else {
            is_pattern_ = who.find_first_of("*?[") != std::string::npos;
        }
    }

    const std::string& text() const noexcept { return text_; }
    bool is_pattern() const noexcept { return is_pattern_; }
    bool may_be_host() const noexcept { return !is_file_; }
    const std::vector<Fingerprint>& fingerprints() const noexcept { return fingerprints_; }

    // Decides what it is. hosts: words that another table lists as hosts.
    bool is_host(const Document& document, const std::set<std::string>& hosts) const
    {
        if (may_be_host() && (hosts.contains(text_) || is_listed_host(document, text_))) {
            return true;
        }
        if (file_error_) {
            std::rethrow_exception(file_error_);
        }
        return fingerprints_.empty() && !is_file_;
    }

    bool has_host(std::string_view host) const
    {
        return equal_ignoring_case(host, text_) || (is_pattern_ && ::fnmatch(text_.c_str(), std::string(host).c_str(), FNM_CASEFOLD) == 0);
    }
    bool has_key(std::string_view key) const noexcept { return set_.find_written(key).has_value(); }

private:
    void take(const Fingerprint& fingerprint)
    {
        if (set_.insert(fingerprint)) {
            fingerprints_.push_back(fingerprint);
        }
    }

    // All fingerprints that a certificate or key may be listed by: whatever the digest, a table in disorder must not hide one.
    void take_file()
    {
        const CertificateFile file = load_certificates(text_);
        const Certificate* certificate = file.presented();
        for (const std::string& name : usable_digests()) {
            const Digest digest = Digest::by_name(name);
            if (certificate != nullptr) {
                take(certificate->fingerprint(digest));
                take(certificate->key_fingerprint(digest));
            } else {
                take(file.bare_key()->key_fingerprint(digest));
            }
        }
    }

    std::string text_;
    bool is_file_ = false;
    bool is_pattern_ = false;
    FingerprintSet set_;
    std::vector<Fingerprint> fingerprints_;
    std::exception_ptr file_error_;
};

// What is to be removed from every table.
struct Request {
    std::vector<Target> targets;
    std::set<std::string> hosts; // words that some table lists as hosts
    bool all = false;
    bool absent_is_fine = false;
};

std::vector<const Entry*> entries_of(const Document& document, const Target& target, const std::set<std::string>& hosts)
{
    const bool by_host = target.is_host(document, hosts);
    return document.entries_where([&](const Entry& entry) { return by_host ? target.has_host(document.value(entry)) : target.has_key(document.key(entry)); });
}

[[noreturn]] void throw_not_listed(const Target& target)
{
    throw Error(ErrorKind::refused, quote(target.text()) + ": not listed", {"to accept that, give --if-exists"});
}

std::vector<const Entry*> select(const Document& document, const Target& target, const Request& request)
{
    std::vector<const Entry*> found = entries_of(document, target, request.hosts);
    if (found.empty() && !request.absent_is_fine) {
        throw_not_listed(target);
    }
    if (found.size() > 1 && !request.all && target.is_host(document, request.hosts)) {
        throw Error(ErrorKind::refused, quote(target.text()) + ": matches " + std::to_string(found.size()) + " entries (" + places_of(document, found) + ")",
                    {"to remove them all, give --all; to remove one, give its fingerprint"});
    }
    return found;
}

// Other lines with a fingerprint that is to go: hidden duplicates, which would come to the fore.
void include_duplicates(const Document& document, std::set<const Entry*>& chosen, bool all)
{
    FingerprintSet going;
    for (const Entry* entry : chosen) {
        if (const auto meant = document.meant_fingerprint(*entry)) {
            going.insert(*meant);
        }
    }
    for (const Entry* entry : document.entries_where([&](const Entry& e) { return going.find_written(document.key(e)).has_value(); })) {
        if (!all && !chosen.contains(entry)) {
            throw Error(ErrorKind::refused, document.meant_fingerprint(*entry)->to_string() + ": is listed " + (entry->line == 0 ? "once more" : "on line " + std::to_string(entry->line) + " too") + ", for " + quote(document.value(*entry)) + ": the client could still relay",
                        {"to remove that as well, give --all"});
        }
        chosen.insert(entry);
    }
}

Plan plan_remove(const Document& document, const Request& request, ChangeReport& report)
{
    std::set<const Entry*> chosen; // by address, which is by line
    std::vector<std::string> absent;
    for (const Target& target : request.targets) {
        const auto found = select(document, target, request);
        chosen.insert(found.begin(), found.end());
        if (found.empty()) {
            absent.push_back(quote(target.text()));
        }
    }
    if (!chosen.empty()) {
        include_duplicates(document, chosen, request.all);
    }
    Plan plan;
    Editor editor(document);
    std::set<Fingerprint> gone;
    for (const Entry* entry : chosen) {
        editor.erase(*entry);
        report.removed.push_back(view_of(document, *entry));
        const auto fingerprint = Fingerprint::from_key(document.key(*entry));
        if (fingerprint && gone.insert(*fingerprint).second) {
            plan.answers.emplace_back(*fingerprint, std::nullopt);
        }
    }
    if (!absent.empty()) {
        report.nothing_to_do = join(absent, ", ") + (absent.size() == 1 ? " is" : " are") + " not listed";
    }
    plan.removed = chosen.size();
    plan.edits = editor.take();
    return plan;
}

Scope scope_of(const Request& request)
{
    Scope scope;
    scope.likely = request.targets.size() == 1 ? Scope::Likely::erase : Scope::Likely::unknown;
    for (const Target& target : request.targets) {
        scope.fingerprints.insert(scope.fingerprints.end(), target.fingerprints().begin(), target.fingerprints().end());
        if (target.may_be_host()) {
            scope.hosts.push_back(target.text());
        }
        scope.everything = scope.everything || target.is_pattern();
    }
    scope.with_same_keys = true;
    scope.keeps = [&request](std::string_view key, std::string_view host, const Annotation&) {
        return std::any_of(request.targets.begin(), request.targets.end(), [&](const Target& t) { return t.has_key(key) || (t.may_be_host() && t.has_host(host)); });
    };
    return scope;
}

// All tables of relay_clientcerts, where there are several: a client that one of them goes on listing is not revoked.
class RemovalEverywhere {
public:
    RemovalEverywhere(Context& context, const std::vector<TableName>& tables, Request& request, const ChangeOptions& options)
        : context_(context), request_(request), options_(options), scope_(scope_of(request))
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
        request_.absent_is_fine = true;
        for (const Member& member : members_) { // whatever is refused is refused before anything is changed
            if (member.document) {
                ChangeReport unused;
                plan_remove(*member.document, request_, unused);
            }
        }
        for (Member& member : members_) {
            if (member.document) {
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
                                      [&](const Document& document, ChangeReport& report) { return plan_remove(document, request_, report); });
        require_replicated(member.outcome.table, member.outcome.publication);
    }

    void require_listed()
    {
        for (const Target& target : request_.targets) {
            for (const Member& member : members_) {
                if (target.may_be_host() && member.document && is_listed_host(*member.document, target.text())) {
                    request_.hosts.insert(target.text());
                }
            }
        }
        const bool any_failed = std::any_of(members_.begin(), members_.end(), [](const Member& m) { return m.failure.has_value(); });
        for (const Target& target : request_.targets) {
            const bool listed = std::any_of(members_.begin(), members_.end(), [&](const Member& m) {
                return m.document && !entries_of(*m.document, target, request_.hosts).empty();
            });
            if (!listed && !request_.absent_is_fine && !any_failed) {
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
    Request& request_;
    const ChangeOptions& options_;
    Scope scope_;
    std::vector<Member> members_;
};

void run_remove(const RemoveOptions& options, Context& context)
{
    Request request;
    for (const std::string& who : options.who) {
        request.targets.emplace_back(who);
    }
    request.all = options.all;
    request.absent_is_fine = options.if_exists;
    const auto tables = context.options.table.empty() ? configured_tables(context.postfix()) : std::vector<TableName>();
    if (tables.size() > 1) {
        RemovalEverywhere(context, tables, request, options.change).run();
        return;
    }
    carry_out(context, options.change, scope_of(request), [&](const Document& document, ChangeReport& report) { return plan_remove(document, request, report); });
}

constexpr const char* remove_footer = R"(WHO is a host, a pattern of hosts, a fingerprint in any spelling, or a
certificate file (then the entries of the certificate and of its key go).

Examples:
  relayctl remove zen.suse.co.uk
  relayctl remove --all '*.old.example.org'
  relayctl remove ./stolen-laptop.pem

Exit status:
  0 removed (with --if-exists also: was not listed)    1 not listed, or several
  match without --all    2 usage    3 bad certificate or table    4 Postfix
  failed    5 lock busy or permission denied    6 disk or system error)";

} // namespace

void setup_remove(CLI::App& app, Context& context)
{
    auto options = std::make_shared<RemoveOptions>();
    CLI::App* command = app.add_subcommand("remove", "Revoke a client");
    command->alias("rm");
    command->add_option("WHO", options->who, "a host, fingerprint or certificate file")->type_name("")->required();
    command->add_flag("--all", options->all, "all entries, where several match");
    command->add_flag("--if-exists", options->if_exists, "no error where it is not listed");
    add_change_options(*command, options->change);
    command->footer(remove_footer);
    set_changing_command(*command, context, [options, &context] {
        run_remove(*options, context);
        return ExitStatus::ok;
    });
}

} // namespace relayctl

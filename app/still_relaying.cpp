#include "app/still_relaying.hpp"

#include "app/cli/report.hpp"
#include "app/configuration.hpp"
#include "app/gather.hpp"
#include "core/base/text.hpp"
#include "core/postfix/services.hpp"

#include <algorithm>
#include <filesystem>

namespace relayctl {

namespace {

std::vector<RevokedClients> clients_of(
    const Revoked& revoked, std::vector<const CertificateFile*>& files)
{
    std::vector<RevokedClients> clients;
    for (const CertificateFile* file : revoked.files) {
        RevokedClients& one = clients.emplace_back();
        one.client.name = escape(file->name);
        one.client.certificate = file->presented();
        one.client.key = one.client.certificate == nullptr ? file->bare_key() : nullptr;
        files.push_back(file);
    }
    RevokedClients rest;
    for (const EntryView& entry : revoked.entries) {
        const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
        const std::string name
            = entry.host.empty() ? escape(entry.fingerprint) : escape(entry.host);
        if (fingerprint && rest.names.emplace(*fingerprint, name).second) {
            rest.client.listed.push_back({ entry.annotation.kind, *fingerprint });
        }
    }
    if (!rest.client.listed.empty()) {
        clients.push_back(std::move(rest));
        files.push_back(nullptr);
    }
    return clients;
}

class Inquiry {
public:
    Inquiry(Context& context, const Revoked& revoked)
        : context_(context)
        , clients_(clients_of(revoked, files_))
    {
    }

    bool concerns_anybody() const { return !clients_.empty(); }
    // Whether there was any service; after run().
    bool asked_any() const { return asked_any_; }

    RevocationVerdict run()
    {
        const std::string own = ask(context_, "the services of Postfix");
        for (const std::string& directory : other_instances(own)) {
            Context other = context_.of_instance(directory);
            ask(other, "the Postfix instance " + escape(directory));
        }
        return std::move(result_);
    }

private:
    // Gives the configuration directory of the instance.
    std::string ask(Context& instance, const std::string& name)
    {
        const Repair commands = instance.repair();
        std::string directory;
        attempt(name, instance.options.config_directory, [&] {
            directory = instance.postfix().parameters().config_directory;
            for (std::size_t i = 0; i < clients_.size(); ++i) {
                GatherOptions options;
                options.client = &clients_[i].client;
                options.chain = files_[i];
                options.as_configured = true;
                options.reads_sources = false;
                for (const ServiceFacts& facts : gather_services(instance, options)) {
                    asked_any_ = true;
                    judge_revocation(facts, clients_[i], context_.now(), commands, result_);
                }
            }
        });
        return directory;
    }

    // directory: of its configuration, empty for the default one.
    template <typename Work>
    void attempt(const std::string& name, const std::string& directory, Work work)
    {
        try {
            work();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            const std::string what = error.what();
            report_warning(
                context_, "whether " + name + " would relay for the client is not known: " + what);
            result_.unsure.push_back(
                { directory, "", {}, { Severity::warning, "unseen", "", 0, 0, what, "" } });
        }
    }

    // Their configuration directories. own: of the instance that was asked already.
    std::vector<std::string> other_instances(const std::string& own)
    {
        std::vector<std::string> directories;
        Context standard = context_.of_instance("");
        const auto add_those_of = [&](Context& instance) {
            if (instance.postfix().is_configured()) {
                const Parameters& parameters = instance.postfix().parameters();
                directories.push_back(parameters.config_directory);
                directories.insert(directories.end(), parameters.other_instances.begin(),
                    parameters.other_instances.end());
            }
        };
        attempt("another Postfix instance", "", [&] { add_those_of(context_); });
        attempt("another Postfix instance", "", [&] { add_those_of(standard); });
        std::vector<std::string> others;
        std::vector<std::string> known = { place_of(own) };
        for (const std::string& directory : directories) {
            const std::string place = place_of(directory);
            if (std::find(known.begin(), known.end(), place) == known.end()) {
                known.push_back(place);
                others.push_back(directory);
            }
        }
        return others;
    }

    static std::string place_of(const std::string& directory)
    {
        std::error_code failed;
        const auto place = std::filesystem::canonical(directory, failed);
        return failed ? directory : place.string();
    }

    Context& context_;
    std::vector<const CertificateFile*> files_; // of each of clients_; null where it is entries
    std::vector<RevokedClients> clients_;
    RevocationVerdict result_;
    bool asked_any_ = false;
};

// "zen.example and 26 others"
std::string names_of(const StillRelaying& found)
{
    constexpr std::size_t most = 3;
    const std::size_t count = found.clients.size();
    const std::size_t shown = std::min(count, most);
    const std::vector<std::string> names(
        found.clients.begin(), found.clients.begin() + static_cast<std::ptrdiff_t>(shown));
    return join(names, ", ")
        + (count > shown ? " and " + count_of(count - shown, "other", "others") : "");
}

} // namespace

std::optional<RevocationVerdict> ask_services_again(Context& context, const Revoked& revoked)
{
    Inquiry inquiry(context, revoked);
    const bool spawns_nothing = !context.options.table.empty() && !context.options.digest.empty();
    if (!inquiry.concerns_anybody() || spawns_nothing) {
        return std::nullopt;
    }
    if (!context.postfix().is_configured()) {
        report_note(context,
            "there is no Postfix here that could be asked whether it still relays for the client");
        return std::nullopt;
    }
    RevocationVerdict verdict = inquiry.run();
    if (revoked.are_named && !revoked.entries.empty() && inquiry.asked_any()) {
        report_note(context,
            "other fingerprints of the client are not known: relayctl check CERT tells whether one "
            "is listed");
    }
    for (const StillRelaying& doubt : verdict.unsure) {
        if (!doubt.service.empty()) {
            report_warning(context,
                "whether " + escape(doubt.service) + " of " + escape(doubt.instance)
                    + " still relays for " + names_of(doubt)
                    + " cannot be seen: " + doubt.reason.message);
        }
    }
    return verdict;
}

void report_still_relaying(Context& context, const RevocationVerdict& verdict)
{
    for (const StillRelaying& found : verdict.relaying) {
        report_warning(context,
            "service " + escape(found.service) + " of " + escape(found.instance)
                + " still relays for " + names_of(found) + ": " + found.reason.message + " ["
                + found.reason.id + "]");
        if (!found.reason.hint.empty()) {
            report_hint(context, found.reason.hint);
        }
    }
}

void require_revoked(const Context& context, const std::optional<RevocationVerdict>& verdict)
{
    std::vector<std::string> services;
    if (!verdict || !context.options.table.empty()) {
        return;
    }
    const std::string& chosen = context.options.service;
    for (const StillRelaying& found : verdict->relaying) {
        if (!chosen.empty() && !is_service_named(found.service, chosen)) {
            continue;
        }
        const std::string name = escape(found.service) + " of " + escape(found.instance);
        if (std::find(services.begin(), services.end(), name) == services.end()) {
            services.push_back(name);
        }
    }
    if (!services.empty()) {
        throw Error(ErrorKind::refused,
            "the client may still relay through " + join(services, ", "),
            { "mend what the warnings name: the certificate is not revoked before" });
    }
}

} // namespace relayctl

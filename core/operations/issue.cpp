#include "core/operations/issue.hpp"

#include "core/base/file.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/new_directory.hpp"
#include "core/base/text.hpp"
#include "core/operations/add.hpp"
#include "core/operations/client_host.hpp"
#include "core/operations/issue_readme.hpp"

#include <iterator>

namespace relayctl {

namespace {

// The certificate is valid from an hour before it is made: the clock of the server may be late.
constexpr std::chrono::hours early(1);

constexpr const char* way_out_if_taken
    = "for other files: --out DIR, or move it away; for a renewal: --rotate";

struct NewFile {
    std::string name;
    std::string bytes;
    mode_t mode;
};

// One run of it.
struct Issue {
    const IssueRequest& request;
    const TableAccess* access;
    Observer& observer;
    CertificateFile client_file = {};
    std::optional<NewClient> client = {}; // by the digest of the table that it is added to
    // The key is last: what a killed run leaves has its certificate beside it.
    std::vector<NewFile> files = {};
    std::vector<NewClient> clients = {}; // by the digest of each table, for a rotation
    std::string made_password = {};
    std::optional<ChangeResult> change = {};
    std::vector<TableName> tables = {};

    IssueResult run()
    {
        const InterruptGuard guard;
        const std::string path = directory();
        say_if_unlisted(path);
        require_free_name(path, way_out_if_taken);
        make_files();
        throw_if_interrupted();
        if (request.change.dry_run) {
            list();
            return result_with(path);
        }
        NewDirectory directory(path, way_out_if_taken);
        for (const NewFile& file : files) {
            directory.write(file.name, file.bytes, file.mode);
            throw_if_interrupted();
        }
        directory.publish();
        list_or_withdraw();
        directory.keep();
        return result_with(path);
    }

    IssueResult result_with(const std::string& path)
    {
        std::vector<std::string> names;
        for (const NewFile& file : files) {
            names.push_back(file.name);
        }
        return { path, names, *client, made_password, std::move(change), tables };
    }

    std::string directory() const
    {
        const std::string in = request.out.empty() ? "." : request.out;
        return in + (in.ends_with('/') ? "" : "/") + request.host
            + (request.rotate ? '-' + to_date(request.author.now) : "");
    }

    // A run that was killed between its files and its entry has left the files. Throws
    // ErrorKind::refused for them, since their certificate only needs to be listed.
    void say_if_unlisted(const std::string& path) const
    {
        const std::string certificate = path + "/cert.pem";
        if (access == nullptr || request.request || !stat_of(certificate)) {
            return;
        }
        const CertificateFile file = load_certificates(certificate);
        const auto is_listed = [&](const TableName& table, const Digest& digest) {
            ClientOptions options = request.client;
            for (const bool key : { false, true }) {
                options.key = key;
                if (lists(table, client_from_file(file, options, digest, request.author))
                        .value_or(true)) {
                    return true;
                }
            }
            return false;
        };
        for (std::size_t i = 0; i < request.digests.size(); ++i) {
            if (is_listed(access->tables[i].table, request.digests[i])) {
                return;
            }
        }
        throw Error(ErrorKind::refused,
            escape(path)
                + ": is there already, and its certificate is not listed: left by a run "
                  "that was killed, perhaps, which showed no password of its .p12",
            { Hint("to list it: ", words_to_list(certificate), request.table) });
    }

    // Returns the command that lists the client by what is made already.
    std::vector<std::string> words_to_list(const std::string& certificate) const
    {
        if (request.rotate) {
            return { "relayctl", "rotate", request.host, file_operand(certificate) };
        }
        return { "relayctl", "add", file_operand(certificate), request.host };
    }

    // Makes the key, all that goes with it, and the client that is to be listed.
    void make_files()
    {
        const std::string p12_name = request.host + ".p12";
        if (request.request) {
            client_file = *request.request;
        } else {
            const Time not_after = request.author.now + request.lifetime;
            const ClientKey key = ClientKey::make(request.key_type);
            const std::string certificate
                = self_signed_certificate(key, request.host, request.author.now - early, not_after);
            client_file = parse_certificates(certificate, "the new certificate");
            const bool is_given = !request.p12_password.empty();
            const std::string password = is_given ? request.p12_password : new_password();
            made_password = is_given ? "" : password;
            files = { { "cert.pem", certificate, 0644 },
                { p12_name, make_pkcs12(key, certificate, request.host, password, request.p12),
                    0600 },
                { "key.pem", key.pem(), 0600 } };
        }
        client = client_by(request.digest);
        for (const Digest& digest : request.digests) {
            clients.push_back(client_by(digest));
        }
        // The certificate stays the first.
        const auto place = files.empty() ? files.end() : std::next(files.begin());
        files.insert(place, { "README.txt", readme(), 0644 });
    }

    NewClient client_by(const Digest& digest) const
    {
        NewClient made = client_from_file(client_file, request.client, digest, request.author);
        made.entry.host = request.host;
        return made;
    }

    std::string readme() const
    {
        IssueReadme readme;
        readme.settings = { request.host, request.server.name, request.server.port,
            request.server.from_the_start, "cert.pem", "key.pem",
            request.request ? "" : request.host + ".p12", request.server.fingerprint };
        readme.programs = request.programs;
        readme.fingerprint = client->entry.fingerprint;
        readme.digest = request.digest.name();
        readme.by_key = request.client.key;
        readme.own_key = request.request.has_value();
        readme.until = request.client.until;
        readme.not_after = request.author.now + request.lifetime;
        return readme_text(readme);
    }

    // Makes the entry.
    void list()
    {
        if (access == nullptr) {
            return;
        }
        if (request.rotate) {
            RotateResult rotated = rotate(*access,
                { request.host, clients, request.grace, false, request.author.now, request.change,
                    "for a new client: relayctl issue, without --rotate" },
                observer);
            change = std::move(rotated.change);
            tables = std::move(rotated.tables);
            return;
        }
        const TableName table = access->choose();
        change = add_clients(*access, table, { { *client }, false, {}, request.change }, observer);
        tables = { table };
    }

    // Returns each table with the client as it is, or is to be, listed there.
    std::vector<std::pair<TableName, NewClient>> places() const
    {
        std::vector<std::pair<TableName, NewClient>> all;
        if (!request.rotate) {
            all.emplace_back(access->choose(), *client);
            return all;
        }
        for (std::size_t i = 0; i < access->tables.size(); ++i) {
            all.emplace_back(access->tables[i].table, clients[i]);
        }
        return all;
    }

    // Returns whether the table lists the client; no value if it cannot be read.
    std::optional<bool> lists(const TableName& table, const NewClient& sought) const
    {
        const InterruptHold hold;
        Scope scope;
        scope.fingerprints.push_back(sought.fingerprint);
        try {
            return access->store(table).read_scope(scope).find(sought.fingerprint) != nullptr;
        } catch (const Error&) {
            return std::nullopt;
        }
    }

    // Throws if nothing was listed. Whatever else failed is told with the result, since the files
    // stay and their password must still be shown. A table that was readable before and is not any
    // more may have the entry: then the files stay, too.
    void list_or_withdraw()
    {
        if (access == nullptr) {
            return;
        }
        std::vector<std::pair<TableName, NewClient>> listing = places();
        std::erase_if(listing,
            [&](const auto& place) { return lists(place.first, place.second).value_or(true); });
        try {
            list();
        } catch (const std::exception& error) {
            bool is_known = true;
            std::erase_if(listing, [&](const auto& place) {
                const std::optional<bool> is_listed = lists(place.first, place.second);
                is_known = is_known && is_listed.has_value();
                return !is_listed.value_or(true);
            });
            if (listing.empty()) {
                throw;
            }
            note_failure(error, listing, is_known);
        }
    }

    // Makes the result of a change of which all is known is that its entry is there or, if even
    // that is not known, may be there.
    void note_failure(const std::exception& error,
        const std::vector<std::pair<TableName, NewClient>>& listing, bool is_known)
    {
        const auto* own = dynamic_cast<const Error*>(&error);
        change.emplace();
        if (is_known) {
            change->failure = own != nullptr ? *own : Error(ErrorKind::system, error.what());
            change->failure->with_state("the client is listed, and its files are made");
        } else { // a further run would find the files, and make nothing
            std::vector<Hint> hints;
            if (!request.request) {
                hints.emplace_back("to have it listed in any case: ",
                    words_to_list(directory() + "/cert.pem"), request.table);
            }
            change->failure = Error(
                own != nullptr ? own->kind() : ErrorKind::system, error.what(), std::move(hints));
            change->failure->with_state(own != nullptr ? own->state() : std::string());
            change->failure->with_state("its files are made; whether it is listed is not known");
        }
        for (const auto& [table, listed] : listing) {
            TableOutcome outcome{ table, {}, {}, {} };
            if (is_known) {
                outcome.publication.changed = true;
                outcome.report.added = { listed.entry };
            }
            change->outcomes.push_back(std::move(outcome));
            tables.push_back(table);
        }
    }
};

} // namespace

IssueResult issue(const IssueRequest& request, const TableAccess* access, Observer& observer)
{
    return Issue{ request, access, observer }.run();
}

std::vector<std::string> words_to_add(const NewClient& client)
{
    std::vector<std::string> words = { "relayctl", "add" };
    if (client.entry.annotation.kind == "key") {
        words.emplace_back("--key");
    }
    words.insert(words.end(), { "--fingerprint", client.entry.fingerprint, client.entry.host });
    return words;
}

} // namespace relayctl

#include "core/operations/rotate.hpp"

#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/commands/client_options.hpp"
#include "app/commands/listed_words.hpp"
#include "app/commands/services_after_change.hpp"
#include "app/commands/show_change.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/operations/client_host.hpp"
#include "core/table/host.hpp"

namespace relayctl {

namespace {

// What was typed behind "rotate". Without a grace the usual one is meant.
struct RotateOptions {
    std::vector<std::string> words; // HOST and CERT in either order, or CERT alone
    std::optional<std::chrono::seconds> grace;
    bool create = false;
    ClientOptions client;
    ChangeOptions change;
};

// The two words of the command, told apart.
struct RotatedClient {
    std::string host; // empty: the certificate names it
    std::string file;
};

RotatedClient named_by(const std::vector<std::string>& words)
{
    if (words.size() == 1) {
        return { {}, words.front() };
    }
    // The host comes first, but add has it the other way round. A file that exists is no host.
    const bool is_swapped = stat_of(words.front()) && !stat_of(words.back());
    return is_swapped ? RotatedClient{ words.back(), words.front() }
                      : RotatedClient{ words.front(), words.back() };
}

// Returns the only host of the certificate. Errors: ErrorKind::usage.
std::string host_named_in(const CertificateFile& file)
{
    const Certificate* certificate = file.presented();
    const auto name = certificate == nullptr ? std::nullopt : certificate->only_name();
    if (name && !problem_with_host(*name)) {
        return *name;
    }
    throw Error(ErrorKind::usage,
        escape(file.name) + ": "
            + (certificate == nullptr ? "names no host" : names_in_words(*certificate))
            + ", so HOST is needed",
        { Hint("put the host in the place of HOST: ",
            { "relayctl", "rotate", "HOST", file_operand(file.name) }) });
}

// Returns the host that is meant: the word, the host of the entry whose fingerprint it is or begins
// or, without a word, the one of the certificate. Errors: those of listed_by_digits() and
// host_named_in().
std::string host_meant(const std::string& word, const CertificateFile& file, Context& context)
{
    if (word.empty()) {
        return host_named_in(file);
    }
    const auto listed = listed_by_digits(word, context);
    return listed ? listed->host : word;
}

// The new certificate by the digest of each of context.tables(), in their order.
std::vector<NewClient> clients_by_table(
    const CertificateFile& file, const RotateOptions& options, Context& context)
{
    const ClientOptions client = for_this_server(options.client, context);
    std::vector<NewClient> clients;
    for (const AskedTable& asked : context.tables()) {
        clients.push_back(
            client_from_file(file, client, context.digest_of(asked), author(context)));
    }
    return clients;
}

// Lists the new certificate beside the old one. Nothing is changed if the certificate cannot be
// read.
ExitStatus run_rotate(const RotateOptions& options, Context& context)
{
    require_any_changeable(context);
    // The two operands are often given in the wrong order: then HOST looks like the name of a
    // certificate file, and there is no file CERT.
    const RotatedClient named = named_by(options.words);
    if (is_certificate_file_name(named.host) && !stat_of(named.file)) {
        throw Error(ErrorKind::usage,
            "rotate " + quote(named.host) + ": is the name of a certificate file, not of a host",
            { Hint("the host comes first: ", { "relayctl", "rotate", "HOST", "CERT" }) });
    }
    const CertificateFile file = load_certificates(named.file);
    const RotateRequest request{ host_meant(named.host, file, context),
        clients_by_table(file, options, context), options.grace.value_or(default_grace),
        options.create, context.now(), options.change };
    ChangeView view(context, options.change);
    const RotateResult result = [&] {
        try {
            return rotate(table_access(context), request, view);
        } catch (Error& error) {
            add_what_was_meant(error, { named.host }, context);
            throw;
        }
    }();
    view.show(result.change);
    if (!options.change.dry_run) {
        warn_of_refusals(context, result.tables);
    }
    return ExitStatus::ok;
}

} // namespace

void declare_rotate(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_rotate,
        R"(Both certificates relay until prune removes the old one, after the grace. Run
again with the same certificate it changes nothing: made for renewal hooks.
Without HOST it is the one that the certificate names. The first six digits of
a listed fingerprint are enough in its place where no other begins with them.

Examples:
  relayctl rotate zen.suse.co.uk renewed.pem
  relayctl rotate --grace 2d --create zen.suse.co.uk renewed.pem

Exit status:
  0 the certificate is listed    1 HOST is unknown, or the certificate belongs
  to another host    2 usage    3 bad certificate or table    4 Postfix failed
  5 lock busy or permission denied    6 disk or system error)");
    add_words(command, "CERT", { "[HOST] CERT", 1, 2 }, options.words,
        "its new certificate; HOST: the client, as it is listed",
        { ValueKind::listed, ValueKind::file });
    add_duration(command, "--grace", options.grace, "how long the former entries stay (14d)");
    add_flag(command, "--create", options.create, "add HOST where it is unknown");
    add_key_option(command, options.client);
    add_remarks(command, options.client, declaration.now(), "a remark, kept with the new entry");
    add_change_options(command, options.change);
}

} // namespace relayctl

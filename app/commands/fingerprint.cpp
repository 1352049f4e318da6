#include "app/cli/declaration.hpp"
#include "app/cli/options.hpp"
#include "app/cli/progress.hpp"
#include "app/cli/report.hpp"
#include "app/render/json.hpp"
#include "core/base/file.hpp"
#include "core/base/parallel.hpp"
#include "core/base/text.hpp"
#include "core/x509/client_fingerprints.hpp"
#include "core/x509/no_list.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <sstream>

namespace relayctl {

namespace {

// What was typed behind "fingerprint".
struct FingerprintOptions {
    std::vector<std::string> files;
    std::string list; // a file that names further files
    std::string kind; // empty: cert, and the key fingerprint of what is only a key
};

// Writes one fingerprint of a file: for people with the kind if both kinds are shown, with --plain
// always.
void write_line(
    Context& context, const CertificateFile& file, const ClientFingerprint& own, bool names_kind)
{
    std::ostream& out = context.out();
    if (context.options.plain) {
        out << own.fingerprint.to_string() << '\t' << escape(file.name) << '\t' << own.kind << '\n';
    } else {
        out << own.fingerprint.to_string() << "  "
            << (names_kind ? own.kind + (own.is_of_key() ? "   " : "  ") : "") << escape(file.name)
            << '\n';
    }
}

// Returns the keys whose fingerprints are shown. A bare key beside a certificate is that of the
// certificate, so it is not shown once more.
std::vector<const PublicKey*> keys_of(const CertificateFile& file)
{
    std::vector<const PublicKey*> keys;
    for (const Certificate& certificate : file.certificates) {
        keys.push_back(&certificate.key);
    }
    for (const BareKey& key : file.keys) {
        if (file.certificates.empty()) {
            keys.push_back(&key.key);
        }
    }
    return keys;
}

// Postfix is asked only where the answer matters: it need not be there.
KeyEncoding encoding_for(const std::vector<CertificateFile>& files, Context& context)
{
    const bool matters = std::any_of(files.begin(), files.end(), [](const CertificateFile& file) {
        const auto keys = keys_of(file);
        return std::any_of(keys.begin(), keys.end(),
            [](const PublicKey* key) { return key->has_two_encodings(); });
    });
    return matters ? context.key_encoding() : KeyEncoding::anew;
}

// Says what other versions of Postfix compute of a key that has two encodings.
void note_other_encoding(Context& context, const CertificateFile& file)
{
    for (const PublicKey* key : keys_of(file)) {
        if (!key->has_two_encodings()) {
            continue;
        }
        const KeyEncoding own = context.key_encoding();
        const std::string version = context.postfix().version();
        const bool is_new = own == KeyEncoding::anew;
        report_note(context,
            escape(file.name) + ": the fingerprint of the key "
                + key->fingerprint(context.digest(), own).to_string() + " is that of Postfix "
                + (is_new ? "3.9 and later" : "3.8 and earlier")
                + (version.empty() ? " (there is no Postfix here)" : ", as here (" + version + ")")
                + "; Postfix " + (is_new ? "3.8 and earlier computes " : "3.9 and later computes ")
                + key->fingerprint(context.digest(), other_encoding(own)).to_string());
    }
}

// A key without a certificate is shown whatever kind is asked for.
void write_file(
    Context& context, const CertificateFile& file, const std::string& kind, KeyEncoding encoding)
{
    const bool both = kind == "both";
    const bool has_only_keys = file.certificates.empty();
    for (const ClientFingerprint& own : all_fingerprints(file, context.digest(), encoding)) {
        if (both || has_only_keys || own.is_of_key() == (kind == "key")) {
            write_line(context, file, own, both);
        }
    }
    for (std::size_t i = 0; has_only_keys && kind.empty() && i < file.keys.size(); ++i) {
        report_note(context,
            escape(file.name) + ": holds a " + std::string(file.keys[i].source_name())
                + ", this is its key fingerprint");
    }
}

// Says which of several certificates is the client's: it need not be the first that is shown.
void note_presented(Context& context, const CertificateFile& file)
{
    if (file.certificates.size() < 2) {
        return;
    }
    try {
        const auto index = static_cast<std::size_t>(file.presented() - file.certificates.data());
        report_note(context,
            escape(file.name) + ": the client's certificate is number " + std::to_string(index + 1)
                + " of " + std::to_string(file.certificates.size()) + ", "
                + escape(file.certificates[index].subject));
    } catch (const Error& error) {
        // The file does not tell which certificate is the client's, and why not is worth a note
        // only.
        report_note(context, error.what());
    }
}

// The same key may be there twice: in a request, and as the private key that signed it.
void keep_distinct_keys(CertificateFile& file)
{
    std::vector<BareKey> distinct;
    for (BareKey& key : file.keys) {
        const bool known = std::any_of(distinct.begin(), distinct.end(),
            [&](const BareKey& k) { return k.key.as_written == key.key.as_written; });
        if (!known) {
            distinct.push_back(std::move(key));
        }
    }
    file.keys = std::move(distinct);
}

// All files or an error, since a script must not take half a list for all of it.
std::vector<CertificateFile> load_files(
    const std::vector<std::string>& names, const std::string& kind, Context& context)
{
    std::vector<CertificateFile> files(names.size());
    std::optional<Progress> progress;
    if (std::find(names.begin(), names.end(), "-")
        == names.end()) { // else somebody may be pasting a certificate just now
        progress.emplace(context, "reading certificates", files.size());
    }
    in_parallel(files.size(), [&](std::size_t i) {
        files[i] = load_certificates(names[i]);
        // A request that is signed by the key beside it has the same key twice, which was not a
        // mistake of the user.
        keep_distinct_keys(files[i]);
        if (files[i].certificates.empty() && kind == "cert") {
            throw Error(ErrorKind::input, escape(names[i]) + ": holds no certificate",
                { "for the fingerprint of its key: --kind key" });
        }
        if (progress) {
            progress->advance();
        }
    });
    return files;
}

// Returns the files that were named behind the command and in the list: one a line or, as find
// -print0 writes them, each with a NUL behind it. Errors: ErrorKind::usage where none is named.
std::vector<std::string> named_files(const FingerprintOptions& options)
{
    std::vector<std::string> files = options.files;
    if (!options.list.empty()) {
        const std::string text = options.list == "-"
            ? read_descriptor(STDIN_FILENO, "standard input", max_table_bytes)
            : read_file(options.list, max_table_bytes).text;
        require_no_certificate_file(text, options.list, { "relayctl", "fingerprint", "FILE" });
        const bool has_nul = text.find('\0') != std::string::npos;
        std::istringstream names(text);
        // The names of files may have any character, where find -print0 ends each with a NUL.
        if (!text.ends_with('\0')) {
            require_plain_text(text, options.list);
        }
        for (std::string name; std::getline(names, name, has_nul ? '\0' : '\n');) {
            if (!has_nul && name.ends_with('\r')) {
                name.pop_back();
            }
            if (!name.empty()) {
                files.push_back(name);
            }
        }
    } else if (files.empty()) {
        throw Error(ErrorKind::usage, "FILE: is missing",
            { "name the files behind the command, or in a list: --from LIST" });
    }
    return files;
}

// Reads all files, then writes their fingerprints, so that an unreadable file leaves no output at
// all.
ExitStatus run_fingerprint(const FingerprintOptions& options, Context& context)
{
    const std::vector<std::string> names = named_files(options);
    const Digest& digest = context.digest();
    // Somebody on another machine than the server may get the wrong digest without noticing it.
    if (context.options.digest.empty() && !context.postfix().is_configured()
        && context.options.config_directory.empty()) {
        report_note(context,
            "no Postfix configuration here to take the digest from: using " + digest.name());
    }
    const std::vector<CertificateFile> files = load_files(names, options.kind, context);
    const KeyEncoding encoding = encoding_for(files, context);
    // JSON has all fingerprints of all files, whatever --kind says.
    if (context.options.json) {
        write_json_fingerprints(context.out(), digest, encoding, files);
        return ExitStatus::ok;
    }
    for (const CertificateFile& file : files) {
        write_file(context, file, options.kind, encoding);
        if (file.certificates.empty() || (!options.kind.empty() && options.kind != "cert")) {
            note_other_encoding(context, file);
        }
        note_presented(context, file);
    }
    return ExitStatus::ok;
}

} // namespace

void declare_fingerprint(Declaration& declaration)
{
    auto [command, options] = declaration.of(run_fingerprint,
        R"(FILE may be PEM, DER, a bundle, PKCS#7, a certificate request, a public or
private key, or - for standard input. The digest is the one smtpd computes. A
list for --from names a file in each line, or ends each name with a NUL.

Examples:
  relayctl fingerprint zen.pem
  openssl x509 -in zen.pem | relayctl fingerprint --kind both -d sha512 -
  find certs -name '*.der' -print0 | relayctl fingerprint --from -

Exit status:
  0 done    2 usage    3 unreadable or no certificate    4 Postfix failed
  5 permission denied    6 system error)");
    add_optional_operand(command, "FILE", options.files, "certificates or keys", ValueKind::file);
    add_value(command, "--from", "LIST", options.list, "a list of such files (- is stdin)",
        ValueKind::file);
    add_choice(command, "--kind", "KIND", options.kind, "cert (default), key or both",
        { "cert", "key", "both" });
}

} // namespace relayctl

// Everything that is known of a client before any table is read: its entry with the annotation, and
// what somebody should be warned of. The digest comes from the table that is to list it, because
// the same certificate has another fingerprint by each.
#include "core/operations/client.hpp"

#include "core/audit/login_in_words.hpp"
#include "core/audit/public_certificate.hpp"
#include "core/audit/validity_in_words.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/table/host.hpp"

namespace relayctl {

namespace {

// Says what is odd about a certificate that is to be listed. None of it keeps Postfix from relaying
// for it: smtpd compares the fingerprint only.
std::vector<std::string> warnings_about(const Certificate& certificate, Time now)
{
    std::vector<std::string> warnings;
    if (!certificate.not_after) {
        warnings.push_back("when the certificate expires cannot be read from it, so prune will "
                           "never remove it as expired");
    }
    if (certificate.not_after && *certificate.not_after < now) {
        warnings.push_back(expired_in_words(*certificate.not_after) + ", it relays for ever");
    }
    if (!certificate.not_before) {
        warnings.push_back("from when the certificate is valid cannot be read from it; Postfix "
                           "does not look at that");
    }
    if (certificate.not_before && *certificate.not_before > now) {
        warnings.push_back(not_yet_valid_in_words(*certificate.not_before));
    }
    if (certificate.is_authority) {
        warnings.push_back(
            "the certificate is that of a CA: a client presents its own, which is another one");
    }
    // Common policy asks for 2048 bits at least.
    if (certificate.key_type.starts_with("RSA") && certificate.key_bits < 2048) {
        warnings.push_back("an RSA key of only " + std::to_string(certificate.key_bits) + " bits");
    }
    return warnings;
}

// Makes the parts of the entry that every kind of client has.
NewClient new_client(const Fingerprint& fingerprint, const std::string& kind,
    const ClientOptions& options, const Author& author)
{
    NewClient client{ {}, fingerprint, {}, {}, {}, {}, {}, {} };
    client.entry.fingerprint = fingerprint.to_string();
    Annotation& annotation = client.entry.annotation;
    annotation.kind = kind;
    annotation.added = author.now;
    annotation.by = author.user;
    annotation.note = options.note;
    annotation.owner = options.owner;
    annotation.until = options.until;
    annotation.for_fingerprint = beginning_of(fingerprint);
    return client;
}

// Returns the encoding that this server digests. Postfix is only asked for it if it makes a
// difference.
KeyEncoding encoding_for(const PublicKey& key, const ClientOptions& options)
{
    return key.has_two_encodings() && options.key_encoding ? options.key_encoding()
                                                           : KeyEncoding::anew;
}

// Notes the fingerprints of the client's key. A warning says if a pinned key has two.
void set_key(NewClient& client, const PublicKey& key, const Digest& digest, KeyEncoding encoding)
{
    client.key_fingerprint = key.fingerprint(digest, encoding);
    // A key that cannot log in makes an entry that is never found.
    const LoginTerms terms = usual_login_terms();
    if (auto problem = login_problem_in_words(key, login_by(key, terms), terms)) {
        client.warnings.push_back(*std::move(problem));
    }
    if (!key.has_two_encodings()) {
        return;
    }
    client.other_key_fingerprint = key.fingerprint(digest, other_encoding(encoding));
    // Only an entry of the key depends on its encoding.
    if (client.entry.annotation.kind == "key") {
        client.warnings.push_back("the key has another fingerprint for Postfix "
            + std::string(encoding == KeyEncoding::anew ? "3.8 and earlier" : "3.9 and later")
            + ", " + client.other_key_fingerprint->to_string()
            + ", since it is not encoded in the usual way; to list the certificate without --key "
              "works with all of them");
    }
}

// Makes the client of a request or a key, of which no certificate is at hand.
NewClient client_from_key(const CertificateFile& file, const BareKey& key,
    const ClientOptions& options, const Digest& digest, const Author& author)
{
    if (!options.key) {
        throw Error(ErrorKind::input,
            escape(file.name) + ": holds a " + std::string(key.source_name()) + ", no certificate",
            { "to pin the key, whatever certificate comes with it, give --key" });
    }
    const KeyEncoding encoding = encoding_for(key.key, options);
    NewClient client = new_client(key.key_fingerprint(digest, encoding), "key", options, author);
    client.entry.annotation.subject = key.subject;
    set_key(client, key.key, digest, encoding);
    return client;
}

} // namespace

NewClient client_from_file(const CertificateFile& file, const ClientOptions& options,
    const Digest& digest, const Author& author)
{
    const Certificate* certificate = file.presented();
    if (certificate == nullptr) {
        return client_from_key(file, *file.bare_key(), options, digest, author);
    }
    const KeyEncoding encoding = encoding_for(certificate->key, options);
    NewClient client = options.key
        ? new_client(certificate->key_fingerprint(digest, encoding), "key", options, author)
        : new_client(certificate->fingerprint(digest), "cert", options, author);
    client.warnings = warnings_about(*certificate, author.now);
    set_key(client, certificate->key, digest, encoding);
    client.certificate = *certificate;
    client.entry.annotation.subject = certificate->subject;
    if (!options.key) { // a key does not expire: it goes on with the next certificate
        client.entry.annotation.expires = certificate->not_after;
        note_public(client.entry.annotation, *certificate);
    }
    // The one name of the certificate saves typing the host; with several names that would be a
    // guess.
    if (const auto name = certificate->only_name(); name && !problem_with_host(*name)) {
        client.only_host = *name;
    }
    return client;
}

NewClient with_key_pinned(const NewClient& client)
{
    NewClient pinned = client;
    pinned.fingerprint = client.key_fingerprint.value();
    pinned.entry.fingerprint = pinned.fingerprint.to_string();
    pinned.entry.annotation.kind = "key";
    pinned.host_warning.clear();
    pinned.entry.annotation.expires.reset(); // it goes on with the next certificate
    forget_public(pinned.entry.annotation);
    pinned.entry.annotation.for_fingerprint = beginning_of(pinned.fingerprint);
    return pinned;
}

NewClient client_from_fingerprint(const std::string& text, const ClientOptions& options,
    const Digest& digest, const Author& author)
{
    const Fingerprint fingerprint = Fingerprint::parse(text);
    // Such an entry would never be found, and nothing would say why.
    if (fingerprint.size() != digest.size()) {
        const auto fits = digest_of_size(fingerprint.size());
        throw Error(ErrorKind::input,
            "fingerprint " + quote(text, 100) + ": has "
                + count_of(fingerprint.size(), "byte", "bytes") + ", but " + digest.name()
                + ", which the server computes, has " + std::to_string(digest.size())
                + (fits.empty() ? "" : "; it fits " + std::string(fits)),
            { "compute it from the certificate: relayctl fingerprint CERT" });
    }
    return new_client(fingerprint, options.key ? "key" : "", options, author);
}

std::optional<std::string> warning_about(const Digest& digest)
{
    if (!digest.is_weak()) {
        return std::nullopt;
    }
    return "the digest is " + digest.name()
        + ", which is weak; better: smtpd_tls_fingerprint_digest = sha256";
}

} // namespace relayctl

// A line "-----BEGIN" or "-----END" tells, whatever stands behind it and however damaged that is.
// DER, and base64 without such a line, are what the reader of certificates takes for one.
#include "core/x509/no_list.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate.hpp"

#include <algorithm>

namespace relayctl {

namespace {

struct Held {
    std::string what; // "a private key"; empty: neither a certificate nor a key
    bool has_certificate = false;
};

// Judges by the labels alone, since a damaged key is to be kept to itself as well.
Held held_in_blocks(std::string_view text)
{
    Held held;
    bool has_key = text.find("PuTTY-User-Key-File-") != std::string_view::npos;
    bool has_request = false;
    bool has_any = has_key;
    for (const std::string_view mark : { "-----BEGIN ", "-----END " }) {
        for (std::size_t at = 0; (at = text.find(mark, at)) != std::string_view::npos;) {
            at += mark.size();
            const std::string_view label = text.substr(at, text.find("-----", at) - at);
            has_any = true;
            has_key = has_key || label.find("PRIVATE KEY") < 20;
            has_request = has_request || label.find("CERTIFICATE REQUEST") < 5;
            held.has_certificate = held.has_certificate || label.ends_with("CERTIFICATE");
        }
    }
    held.what = has_key && held.has_certificate ? "a certificate and a private key"
        : has_key                               ? "a private key"
        : held.has_certificate                  ? "a certificate"
        : has_request                           ? "a certificate request"
        : has_any                               ? "PEM"
                                                : "";
    return held;
}

Held held_without_blocks(std::string_view text)
{
    if (text.size() > max_certificate_bytes) {
        return {};
    }
    try {
        const CertificateFile file = parse_certificates(text, "");
        const bool has_certificate = !file.certificates.empty();
        return { has_certificate ? "a certificate"
                                 : "a " + std::string(file.bare_key()->source_name()),
            has_certificate };
    } catch (const Error&) {
        // Lines of a list are nothing of that kind. A file of PKCS#12 begins as DER does: a
        // SEQUENCE whose length has two bytes.
        return { text.starts_with("\x30\x82") ? "DER, PKCS#12 perhaps" : "" };
    }
}

std::string named(const std::string& path)
{
    return path == "-" ? "standard input" : escape(path);
}

} // namespace

std::string held_in_words(std::string_view text)
{
    const Held held = held_in_blocks(text);
    return held.what.empty() ? held_without_blocks(text).what : held.what;
}

void require_no_certificate_file(
    std::string_view text, const std::string& path, const std::vector<std::string>& words)
{
    Held held = held_in_blocks(text);
    held = held.what.empty() ? held_without_blocks(text) : held;
    if (held.what.empty()) {
        return;
    }
    std::vector<std::string> command = words;
    std::replace(command.begin(), command.end(), std::string("FILE"),
        held.has_certificate ? file_operand(path) : "CERT");
    throw Error(ErrorKind::input, named(path) + ": holds " + held.what + ", so it is no list",
        { Hint(held.has_certificate ? "for this certificate alone: "
                                    : "for a client alone, with its certificate: ",
            command) });
}

void require_plain_text(std::string_view text, const std::string& path)
{
    const bool is_binary = std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        // An old editor ends a file with 0x1A.
        return byte < 0x20 && (byte < '\t' || byte > '\r') && byte != 0x1a;
    });
    if (is_binary) {
        throw Error(ErrorKind::input, named(path) + ": is binary, so it is no list");
    }
}

} // namespace relayctl

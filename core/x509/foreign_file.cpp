// Most kinds of files begin with bytes of their own; PEM blocks and the lines of programs for SSH
// tell by their words. Commands are given where one exists that needs nothing to be filled in.
#include "core/x509/foreign_file.hpp"

#include "core/base/text.hpp"
#include "core/x509/base64.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

using namespace std::string_view_literals;

// A kind of file that begins with bytes of its own.
struct Beginning {
    std::string_view bytes;
    std::string_view what; // "is ..."
    std::string_view command; // with FILE in the place of the file; or a sentence; or empty
};

// Behind a beginning that could also be that of a longer one stands the longer one's row.
constexpr std::array beginnings = {
    Beginning{ "\xFE\xED\xFE\xED"sv, "a Java keystore (JKS)",
        "keytool -list -rfc -keystore FILE > cert.pem" },
    Beginning{ "\xCE\xCE\xCE\xCE"sv, "a Java keystore (JCEKS)",
        "keytool -list -rfc -storetype JCEKS -keystore FILE > cert.pem" },
    Beginning{ "\0\0\0\1\0\0\0\x14"sv, "a keystore of Bouncy Castle (BKS)",
        "let the program that made it export the certificate as PEM" },
    Beginning{ "\0\0\0\2\0\0\0\x14"sv, "a keystore of Bouncy Castle (BKS)",
        "let the program that made it export the certificate as PEM" },
    Beginning{ "SQLite format 3\0"sv,
        "a database, as Firefox and Thunderbird keep certificates in (cert9.db)",
        "certutil -L -d DIR shows the names in it; certutil -L -d DIR -n NAME -a > cert.pem takes "
        "one out" },
    Beginning{ "\0\6\x15\x61"sv, "a database of certificates of NSS (cert8.db)",
        "certutil -L -d dbm:DIR shows the names in it; certutil -L -d dbm:DIR -n NAME -a > "
        "cert.pem takes one out" },
    Beginning{ "\0\0\0\0CERT"sv, "a certificate store of Windows (.sst)",
        "on Windows, certutil -split -dump FILE writes each certificate into a file" },
    Beginning{ "\x1F\x8B"sv, "compressed (gzip)", "gzip -dc FILE > cert.pem" },
    Beginning{ "BZh"sv, "compressed (bzip2)", "bzip2 -dc FILE > cert.pem" },
    Beginning{ "\xFD"
               "7zXZ\0"sv,
        "compressed (xz)", "xz -dc FILE > cert.pem" },
    Beginning{ "\x28\xB5\x2F\xFD"sv, "compressed (zstd)", "zstd -dc FILE > cert.pem" },
    Beginning{ "PK\3\4"sv, "an archive (zip)", "unzip FILE" },
    Beginning{ "7z\xBC\xAF\x27\x1C"sv, "an archive (7z)", "7z x FILE" },
    Beginning{ "%PDF-"sv, "a PDF document", "" },
    Beginning{ "\x89PNG"sv, "a picture", "" },
    Beginning{ "\xFF\xD8\xFF"sv, "a picture", "" },
    Beginning{ "PuTTY-User-Key-File-"sv, "a key of PuTTY for SSH",
        "puttygen FILE -O private-openssh-new -o key, then ssh-keygen -e -m PKCS8 -f key > "
        "public.pem, of an RSA or ECDSA key" },
};

// What a client needs in the place of a key for SSH or OpenPGP.
constexpr const char* needs_certificate
    = "a client shows Postfix a certificate of X.509: relayctl issue HOST makes one, with its key";

// Puts the file into the command. Returns an empty text where no shell takes the name.
std::string with_file(std::string_view command, const std::string& name)
{
    const std::string operand
        = command_line({ name == "standard input" ? "FILE" : file_operand(name) });
    const std::size_t at = command.find("FILE");
    if (at == std::string_view::npos || operand.empty()) {
        return std::string(at == std::string_view::npos ? command : "");
    }
    return std::string(command.substr(0, at)) + operand + std::string(command.substr(at + 4));
}

ForeignFile named(std::string_view what, std::string_view command, const std::string& name)
{
    ForeignFile file{ "is " + std::string(what), {} };
    if (std::string hint = with_file(command, name); !hint.empty()) {
        file.hints.emplace_back(std::move(hint));
    }
    return file;
}

// Returns the file as one of a key for SSH. ssh-keygen converts RSA and ECDSA only.
ForeignFile ssh_key(
    std::string_view what, std::string_view type, std::string_view command, const std::string& name)
{
    ForeignFile file{ "is " + std::string(what), {} };
    if (type.find("rsa") != std::string_view::npos
        || type.find("ecdsa") != std::string_view::npos) {
        file = named(what, command, name);
        file.hints.emplace_back("then add that public key by --key");
    } else {
        file.hints.emplace_back(needs_certificate);
    }
    return file;
}

// Returns what the first line of a text says.
std::optional<ForeignFile> by_first_line(std::string_view text, const std::string& name)
{
    constexpr std::string_view convert = "ssh-keygen -e -m PKCS8 -f FILE > public.pem";
    text = trim(text);
    const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    for (const std::string_view type : { "ssh-"sv, "ecdsa-sha2-"sv, "sk-ssh-"sv, "sk-ecdsa-"sv }) {
        if (line.starts_with(type) && line.find(" AAAA") != std::string_view::npos) {
            const std::string_view kind = line.substr(0, line.find(' '));
            if (kind.find("-cert-v0") != std::string_view::npos) {
                return ForeignFile{ "is a certificate of OpenSSH, which is none of X.509",
                    { needs_certificate } };
            }
            return ssh_key(
                "a public key for SSH", kind.starts_with("sk-") ? "" : kind, convert, name);
        }
    }
    const std::string lower_line = to_lower(line);
    if (lower_line.starts_with("<!doctype html") || lower_line.starts_with("<html")) {
        return ForeignFile{ "is a web page", { "download the file that the page offers" } };
    }
    if (line == "Certificate:" || line == "Certificate Request:") {
        return ForeignFile{ "is the description of a certificate, without the certificate",
            { "ask for the file that this was made of, with its line -----BEGIN "
              "CERTIFICATE-----" } };
    }
    return std::nullopt;
}

// Returns what the labels of the PEM blocks say. bytes: of the file.
std::optional<ForeignFile> by_label(
    std::string_view bytes, const std::vector<std::string>& labels, const std::string& name)
{
    for (const std::string& label : labels) {
        if (label == "OPENSSH PRIVATE KEY") {
            // The type of the key stands in front of what may be encrypted.
            const std::size_t at = bytes.find("KEY-----");
            std::string letters;
            std::copy_if(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(),
                std::back_inserter(letters), is_base64);
            const auto der = decode_base64(std::string_view(letters).substr(
                3, (std::min<std::size_t>(letters.size(), 403) - 3) / 4 * 4));
            const std::string content = der ? std::string(der->begin(), der->end()) : "";
            const bool is_token = content.find("sk-") != std::string::npos;
            const std::string_view type = is_token                 ? ""
                : content.find("ssh-rsa") != std::string::npos     ? "rsa"
                : content.find("ecdsa-sha2-") != std::string::npos ? "ecdsa"
                                                                   : "";
            return ssh_key("a private key for SSH (OpenSSH)", type,
                "ssh-keygen -e -m PKCS8 -f FILE > public.pem", name);
        }
        if (label.starts_with("SSH2 ")) {
            return named("a key for SSH (RFC 4716)",
                "ssh-keygen -i -f FILE > key.pub, then ssh-keygen -e -m PKCS8 -f key.pub > "
                "public.pem, "
                "of an RSA or ECDSA key",
                name);
        }
        if (label.starts_with("PGP ")) {
            return ForeignFile{ "holds OpenPGP, which is not X.509", { needs_certificate } };
        }
        if (label == "X509 CRL") {
            return ForeignFile{ "holds a list of revoked certificates, and no certificate", {} };
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<ForeignFile> foreign_file(
    std::string_view bytes, const std::vector<std::string>& labels, const std::string& name)
{
    for (const Beginning& row : beginnings) {
        if (bytes.starts_with(row.bytes)) {
            return named(row.what, row.command, name);
        }
    }
    auto found = by_label(bytes, labels, name);
    return found ? found : by_first_line(bytes, name);
}

Hint hint_for_pkcs12(const std::string& name, bool in_base64)
{
    std::string command
        = with_file(in_base64 ? "base64 -d FILE | openssl pkcs12 -clcerts -nokeys -out cert.pem"
                              : "openssl pkcs12 -in FILE -clcerts -nokeys -out cert.pem",
            name);
    return "take the certificate out of it: " + (command.empty() ? "openssl pkcs12" : command);
}

} // namespace relayctl

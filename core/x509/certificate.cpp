#include "core/x509/certificate.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/certificate_names.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace relayctl {

std::vector<std::string> names_of(const Certificate& certificate)
{
    // Subject alternative names count more than the common name, which is only looked at without
    // them (RFC 6125, 6.4.4).
    std::vector<std::string> found;
    for (const std::string& name :
        certificate.dns_names.empty() ? certificate.common_names : certificate.dns_names) {
        if (std::none_of(found.begin(), found.end(),
                [&](const std::string& other) { return equal_ignoring_case(name, other); })) {
            found.push_back(name);
        }
    }
    return found;
}

std::optional<std::string> Certificate::only_name() const
{
    const std::vector<std::string> all = names_of(*this);
    return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

std::string_view BareKey::source_name() const noexcept
{
    return source == Source::request   ? "certificate request"
        : source == Source::public_key ? "public key"
                                       : "private key";
}

const BareKey* CertificateFile::bare_key() const noexcept
{
    return keys.empty() ? nullptr : &keys.front();
}

namespace {

// Returns the descriptor that "-", /dev/stdin or /dev/fd/N names. The shell's <(...) is a pipe,
// which has to be read by its descriptor.
std::optional<int> descriptor_named(std::string_view path)
{
    if (path == "-" || path == "/dev/stdin") {
        return STDIN_FILENO;
    }
    for (const std::string_view prefix : { "/dev/fd/", "/proc/self/fd/" }) {
        int number = -1;
        if (path.starts_with(prefix)) {
            // All of the rest must be the number: "/dev/fd/3x" is a file like any other.
            const std::string_view digits = path.substr(prefix.size());
            const auto [end, error]
                = std::from_chars(digits.data(), digits.data() + digits.size(), number);
            if (error == std::errc() && end == digits.data() + digits.size()) {
                return number;
            }
        }
    }
    return std::nullopt;
}

} // namespace

CertificateFile load_certificates(const std::string& path)
{
    if (const auto fd = descriptor_named(path)) {
        const std::string name = path == "-" ? "standard input" : path;
        CertificateFile file
            = parse_certificates(read_descriptor(*fd, name, max_certificate_bytes), name);
        // The parser's messages say "standard input"; later ones name what the user typed.
        file.name = path;
        return file;
    }
    return parse_certificates(read_certificate_file(path), path);
}

std::string read_certificate_file(const std::string& path)
{
    try {
        return read_file(path, max_certificate_bytes).text;
    } catch (Error& error) {
        // A pipe has no size that could be checked first, so only - and /dev/fd/N read one.
        if (const auto status = stat_of(path); status && S_ISFIFO(status->st_mode)) {
            error.with_hint("to read from a pipe, give - as the file name");
        }
        // `issue` makes directories with a certificate in them.
        const std::string in_directory = path + (path.ends_with('/') ? "" : "/") + "cert.pem";
        if (stat_of(in_directory)) {
            error.with_hint("the certificate in it: " + escape(in_directory));
        }
        throw;
    }
}

} // namespace relayctl

#include "core/operations/certificate_directory.hpp"

#include "core/base/error.hpp"
#include "core/base/sort.hpp"
#include "core/base/text.hpp"
#include "core/operations/client_host.hpp"
#include "core/table/host.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace relayctl {

namespace fs = std::filesystem;

namespace {

// The files and directories in it, but those that begin with a dot. They are sorted, so that the
// same directory gives the same table on every server. Errors: ErrorKind::input where it is no
// directory; those of throw_errno().
std::vector<fs::path> children_of(const fs::path& directory)
{
    std::vector<fs::path> children;
    std::error_code error;
    fs::directory_iterator child(directory, error);
    for (; !error && child != fs::directory_iterator(); child.increment(error)) {
        if (!child->path().filename().string().starts_with('.')) {
            children.push_back(child->path());
        }
    }
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
        throw Error(ErrorKind::input, escape(directory.string()) + ": no such directory");
    }
    if (error) {
        throw_errno(escape(directory.string()), "read the directory", error.value());
    }
    sort_stably(children);
    return children;
}

// Returns true for a directory, and for a symbolic link that leads to one.
bool leads_to_directory(const fs::path& path)
{
    std::error_code error;
    return fs::is_directory(path, error);
}

// Returns true for the endings that certificates usually have, in any case of letters.
bool is_certificate_name(const fs::path& path)
{
    static constexpr std::array<std::string_view, 4> known = { ".pem", ".crt", ".cer", ".der" };
    const std::string extension = to_lower(path.extension().string());
    return std::find(known.begin(), known.end(), extension) != known.end();
}

// Returns true if a directory has a file of this name.
bool has_file(const std::vector<fs::path>& children, std::string_view name)
{
    return std::any_of(children.begin(), children.end(),
        [&](const fs::path& child) { return child.filename() == name; });
}

// Returns true for what stands beside cert.pem in the directory of a host in certbot's live/, and
// in one that relayctl issue has made: it says of no other client that it may relay.
bool goes_with_certificate(const fs::path& path)
{
    static constexpr std::array<std::string_view, 6> known
        = { "privkey.pem", "key.pem", "chain.pem", "fullchain.pem", "README", "README.txt" };
    return path.extension() == ".p12"
        || std::find(known.begin(), known.end(), path.filename().string()) != known.end();
}

// Returns the host of a directory with a certificate and its key. certbot calls a further one for
// the same host HOST-0001, and relayctl issue --rotate calls it HOST-2027-11-22.
std::string host_of_directory(const fs::path& directory, const std::vector<fs::path>& children)
{
    std::string host = directory.filename().string();
    const auto ends_like = [&](std::string_view pattern) {
        return host.size() > pattern.size()
            && std::equal(pattern.rbegin(), pattern.rend(), host.rbegin(),
                [](char p, char c) { return p == '0' ? is_digit(c) : p == c; });
    };
    const bool is_of_certbot = has_file(children, "cert.pem") && has_file(children, "privkey.pem");
    const bool is_issued = has_file(children, "cert.pem") && has_file(children, "key.pem");
    const std::string_view suffix = is_issued && ends_like("-0000-00-00") ? "-0000-00-00"
        : is_of_certbot && ends_like("-0000")                             ? "-0000"
                                                                          : "";
    host.resize(host.size() - suffix.size());
    return host;
}

// Throws for a directory such as certbot's live/zen.example: its files are named after what they
// hold, so nobody would be named after its host.
void refuse_directory_of_one_host(const fs::path& directory, const std::vector<fs::path>& children)
{
    if (has_file(children, "cert.pem")
        && (has_file(children, "privkey.pem") || has_file(children, "key.pem"))) {
        throw Error(ErrorKind::input,
            escape(directory.string())
                + ": has the certificate and the key of one host, and a"
                  " directory of all hosts is needed",
            { "name the directory above it; for one client alone: relayctl add CERT HOST" });
    }
}

// Goes through the directory and, one level deeper, those of hosts.
struct Reader {
    bool labels;
    CertificateDirectory result = {};
    bool is_of_certbot = false; // some host has a certificate and its key, as certbot names them

    CertificateDirectory read(const fs::path& directory)
    {
        const std::vector<fs::path> children = children_of(directory);
        refuse_directory_of_one_host(directory, children);
        for (const fs::path& child : children) {
            if (leads_to_directory(child)) {
                read_host(child);
            } else {
                read_file(child, host_of_file(child));
            }
        }
        if (is_of_certbot) { // which explains its directory in it
            std::erase(result.ignored, (directory / "README").string());
        }
        return std::move(result);
    }

    // "zen.example.pem" and "zen.example.crt.pem" are of zen.example.
    static std::string host_of_file(const fs::path& path)
    {
        fs::path host = path.stem();
        while (is_certificate_name(host)) {
            host = host.stem();
        }
        return host.string();
    }

    // Reads the directory of a host that has several certificates, or one with its key.
    void read_host(const fs::path& directory)
    {
        const std::vector<fs::path> children = children_of(directory);
        const std::string host = host_of_directory(directory, children);
        const bool has_certificate = has_file(children, "cert.pem");
        is_of_certbot = is_of_certbot || (has_certificate && has_file(children, "privkey.pem"));
        for (const fs::path& child : children) {
            if (leads_to_directory(child)) {
                throw Error(ErrorKind::input,
                    escape(child.string()) + ": a directory within the directory of a host");
            }
            if (!has_certificate || !goes_with_certificate(child)) {
                read_file(child, host);
            }
        }
    }

    // Notes a file, or that it is left out. host: what its name, or that of its directory, says.
    void read_file(const fs::path& path, const std::string& host)
    {
        if (!is_certificate_name(path)) {
            result.ignored.push_back(path.string());
            return;
        }
        if (const auto problem = labels ? problem_with_label(host) : problem_with_new_host(host)) {
            // A file that is named wrong may be a client whose entry would go, so it is not left
            // out with a warning.
            throw Error(ErrorKind::input,
                escape(path.string()) + ": the host " + quote(host) + ": " + *problem,
                { "name the file after its host: HOST.pem; for names that are no hosts: "
                  "--labels" });
        }
        result.files.push_back({ host, path.string() });
    }
};

} // namespace

CertificateDirectory read_certificate_directory(const std::string& path, bool labels)
{
    return Reader{ labels }.read(path);
}

} // namespace relayctl

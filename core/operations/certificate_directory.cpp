#include "core/operations/certificate_directory.hpp"

#include "core/base/error.hpp"
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
    std::sort(children.begin(), children.end());
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

// Goes through the directory and, one level deeper, those of hosts.
struct Reader {
    bool labels;
    CertificateDirectory result = {};

    CertificateDirectory read(const fs::path& directory)
    {
        for (const fs::path& child : children_of(directory)) {
            if (leads_to_directory(child)) {
                read_host(child);
            } else {
                read_file(child, child.stem().string());
            }
        }
        return std::move(result);
    }

    // Reads the directory of a host that has several certificates.
    void read_host(const fs::path& directory)
    {
        for (const fs::path& child : children_of(directory)) {
            if (leads_to_directory(child)) {
                throw Error(ErrorKind::input,
                    escape(child.string()) + ": a directory within the directory of a host");
            }
            read_file(child, directory.filename().string());
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

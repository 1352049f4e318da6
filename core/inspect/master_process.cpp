#include "core/inspect/master_process.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

namespace relayctl {

namespace {

constexpr std::uint64_t longest_text = 1 << 20;

// Returns the text of a file of /proc or of a lock file; empty if it cannot be read.
std::string text_of(const std::string& path)
{
    try {
        const FileDescriptor fd(
            ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        return fd ? read_descriptor(fd.get(), path, longest_text) : "";
    } catch (const Error&) { // a process may end while it is looked at
        return "";
    }
}

// Returns the number at the beginning of the text; 0 if there is none.
pid_t number_in(std::string_view text)
{
    text = trim(text);
    pid_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string directory_of_process(pid_t pid)
{
    return "/proc/" + std::to_string(pid);
}

// The third field of /proc/PID/stat and those behind it. The second one is the name of the program
// in parentheses, which may have blanks in it.
std::vector<std::string> status_fields(pid_t pid)
{
    const std::string status = text_of(directory_of_process(pid) + "/stat");
    const std::size_t end_of_name = status.rfind(')');
    return end_of_name == std::string::npos ? std::vector<std::string>()
                                            : split_list(status.substr(end_of_name + 1), " \n");
}

// Returns "smtp/inet" for the arguments "smtpd -n smtp -t inet ..."; empty for others.
std::string service_of(pid_t pid)
{
    const auto words
        = split_list(text_of(directory_of_process(pid) + "/cmdline"), std::string_view("\0", 1));
    const auto value_of = [&](std::string_view option) {
        const auto found = std::find(words.begin(), words.end(), option);
        return found == words.end() || found + 1 == words.end() ? std::string() : *(found + 1);
    };
    const std::string name = value_of("-n");
    const std::string type = value_of("-t");
    return name.empty() || type.empty() ? "" : name + '/' + type;
}

} // namespace

MasterProcess find_master(const std::string& queue_directory)
{
    MasterProcess master;
    master.pid = number_in(text_of(queue_directory + "/pid/master.pid"));
    // The pid may be that of another program by now, or count in the namespace of a container.
    if (master.pid <= 1 || trim(text_of(directory_of_process(master.pid) + "/comm")) != "master") {
        master.problem = "Postfix runs where its processes cannot be seen from here";
        return master;
    }
    std::error_code failed;
    const auto there
        = std::filesystem::read_symlink(directory_of_process(master.pid) + "/ns/net", failed);
    const auto here = std::filesystem::read_symlink("/proc/self/ns/net", failed);
    // Its addresses are not ours then, and connecting would meet somebody else.
    if (!failed && there != here) {
        master.problem = "Postfix runs in another network namespace, as of a container";
    }
    return master;
}

std::optional<std::set<std::string>> services_with_process(pid_t master)
{
    if (status_fields(master).empty()) {
        return std::nullopt;
    }
    std::set<std::string> services;
    std::error_code failed;
    for (std::filesystem::directory_iterator next("/proc", failed), end; !failed && next != end;
         next.increment(failed)) {
        const pid_t pid = number_in(next->path().filename().string());
        const auto fields = pid > 0 ? status_fields(pid) : std::vector<std::string>();
        // state, parent
        // A zombie answers nobody.
        if (fields.size() > 1 && fields[0] != "Z" && number_in(fields[1]) == master) {
            services.insert(service_of(pid));
        }
    }
    services.erase("");
    return services;
}

} // namespace relayctl

#include "core/base/one_state.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"

#include <chrono>
#include <thread>

namespace relayctl {

void read_one_state(const OpenFile& file, const std::string& subject,
    const std::function<bool(std::size_t size)>& read)
{
    // Each attempt waits longer, because a large file takes longer to be saved.
    constexpr int most_attempts = 5;
    // A program that saves the file in place is soon done with it.
    constexpr std::chrono::milliseconds pause(30);
    struct stat before = file.status;
    for (int attempt = 1;; ++attempt) {
        const bool is_complete = read(static_cast<std::size_t>(before.st_size));
        struct stat after { };
        if (::fstat(file.fd.get(), &after) != 0) {
            throw_errno(escape(subject), "stat");
        }
        if (is_complete && FileIdentity::of(before).same_content_as(FileIdentity::of(after))) {
            return;
        }
        if (attempt == most_attempts) {
            throw_being_changed(subject);
        }
        if (static_cast<std::uint64_t>(after.st_size) > max_table_bytes) {
            throw_too_large(subject, max_table_bytes);
        }
        std::this_thread::sleep_for(attempt * pause);
        if (::fstat(file.fd.get(), &before) != 0) {
            throw_errno(escape(subject), "stat");
        }
    }
}

} // namespace relayctl

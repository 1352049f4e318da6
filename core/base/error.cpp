#include "core/base/error.hpp"

#include "core/base/lack_of_rights.hpp"

#include <unistd.h>

#include <system_error>

namespace relayctl {

Error::Error(ErrorKind kind, const std::string& message, std::vector<Hint> hints)
    : std::runtime_error(message)
    , kind_(kind)
    , hints_(std::move(hints))
{
}

Error& Error::with_state(std::string state)
{
    // The first to catch an error knows best what was left behind.
    if (state_.empty()) {
        state_ = std::move(state);
    }
    return *this;
}

Error& Error::with_hint(Hint hint)
{
    hints_.push_back(std::move(hint));
    return *this;
}

bool is_unsupported(int error) noexcept
{
    return error == ENOTSUP || error == ENOSYS || error == EPERM;
}

void throw_errno(std::string_view subject, std::string_view action, int error)
{
    // EROFS is a matter of rights for the user as well: nothing can be written there.
    const bool forbidden = error == EACCES || error == EPERM || error == EROFS;
    throw Error(forbidden ? ErrorKind::permission : ErrorKind::system,
        std::string(subject) + ": cannot " + std::string(action) + ": "
            + std::generic_category().message(error),
        error == EACCES ? hints_for_lack_of_rights() : std::vector<Hint>());
}

std::vector<Hint> hints_for_lack_of_rights()
{
    return ::geteuid() == 0 ? std::vector<Hint>() : std::vector<Hint>{ { "run it as root" } };
}

} // namespace relayctl

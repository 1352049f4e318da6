#include "app/cli/version.hpp"

namespace relayctl {

const char* const program_version = RELAYCTL_VERSION;

} // namespace relayctl

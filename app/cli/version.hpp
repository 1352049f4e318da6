// The version of the program.
#pragma once

namespace relayctl {

// "0.2.0", as CMakeLists.txt has it.
extern const char* const program_version;

} // namespace relayctl

#include "app/cli/declaration.hpp"

#include <CLI/CLI.hpp>

namespace relayctl {

void Declaration::set_end_of_help(const char* text)
{
    command_.footer(text);
}

} // namespace relayctl

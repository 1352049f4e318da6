#include "app/cli/declaration.hpp"

#include "app/cli/context.hpp"

#include <CLI/CLI.hpp>

namespace relayctl {

Time Declaration::now() const
{
    return context_.now();
}

void Declaration::set_end_of_help(const char* text)
{
    command_.footer(text);
}

} // namespace relayctl

#include "app/cli/confirm.hpp"

#include "core/base/text.hpp"

#include <iostream>

namespace relayctl {

bool confirmed(Context& context, bool yes, const std::string& question)
{
    if (yes) {
        return true;
    }
    if (!context.can_ask()) {
        throw Error(ErrorKind::usage, question + ": nobody is here to be asked",
            { "to go on without a question, give --yes; to see first: --dry-run" });
    }
    context.err() << "relayctl: " << question << "? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    const std::string word = to_lower(trim(answer));
    return word == "y" || word == "yes";
}

} // namespace relayctl

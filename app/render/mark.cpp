#include "app/render/mark.hpp"

namespace relayctl {

namespace {

std::string painted(
    const Context& context, std::string_view color, std::string_view sign, std::string_view ascii)
{
    if (!context.for_people()) {
        return "";
    }
    const std::string text(context.speaks_utf8() ? sign : ascii);
    return context.colored_output() ? std::string(color) + text + "\033[0m " : text + ' ';
}

} // namespace

std::string mark_of(const Context& context, Severity severity)
{
    switch (severity) {
    case Severity::note:
        return painted(context, "\033[36m", "\u00b7", "-");
    case Severity::warning:
        return painted(context, "\033[1;33m", "!", "!");
    case Severity::error:
        return painted(context, "\033[1;31m", "\u2717", "x");
    }
    return {};
}

std::string mark_of(const Context& context, std::optional<bool> good)
{
    return !good ? painted(context, "\033[1;33m", "?", "?")
        : *good  ? painted(context, "\033[1;32m", "\u2713", "+")
                 : painted(context, "\033[1;31m", "\u2717", "x");
}

} // namespace relayctl

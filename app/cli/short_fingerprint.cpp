#include "app/cli/short_fingerprint.hpp"

#include "core/x509/first_digits.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <vector>

namespace relayctl {

namespace {

constexpr std::size_t shown_digits = 8;

std::string shortened(const Context& context, std::string_view fingerprint, std::size_t digits)
{
    return std::string(first_digits(fingerprint, digits))
        + (context.speaks_utf8() ? "\u2026" : "...");
}

// Returns the fingerprints in the text that are written as Postfix logs them.
std::vector<PastedFingerprint> fingerprints_in(std::string_view text)
{
    std::vector<PastedFingerprint> found;
    for (auto next = find_fingerprint(text, 0); next; next = find_fingerprint(text, next->end)) {
        if (Fingerprint::from_key(text.substr(next->begin, next->end - next->begin))) {
            found.push_back(*next);
        }
    }
    return found;
}

} // namespace

std::string shown_fingerprint(const Context& context, std::string_view fingerprint)
{
    return context.tells_people() ? shortened(context, fingerprint, shown_digits)
                                  : std::string(fingerprint);
}

std::string with_shown_fingerprints(const Context& context, std::string_view message)
{
    std::string text(message);
    const auto found
        = context.tells_people() ? fingerprints_in(text) : std::vector<PastedFingerprint>();
    EnoughDigits enough(shown_digits);
    for (const auto& [begin, end] : found) {
        enough.add(std::string_view(text).substr(begin, end - begin));
    }
    const std::size_t digits = enough.count();
    for (auto place = found.rbegin(); place != found.rend(); ++place) {
        const std::size_t size = place->end - place->begin;
        text.replace(
            place->begin, size, shortened(context, text.substr(place->begin, size), digits));
    }
    return text;
}

} // namespace relayctl

#include "core/inspect/mail_log/mail_log_facts.hpp"

#include <algorithm>

namespace relayctl {

SightingOutcome SightingCounts::outcome() const noexcept
{
    // Another list than that of relaying may permit a client, which is denied all the same.
    const bool was_permitted = permitted + permitted_for_any > 0;
    return was_permitted && (messages > 0 || denied + rejected == 0) ? SightingOutcome::permitted
        : denied > 0                                                 ? SightingOutcome::denied
        : rejected > 0                                               ? SightingOutcome::rejected
        : messages > 0                                               ? SightingOutcome::taken
                                                                     : SightingOutcome::connected;
}

FingerprintLogging MailLogFacts::fingerprints_logged() const noexcept
{
    const auto any = [this](std::uint64_t LoggedService::*count) {
        return std::any_of(services.begin(), services.end(),
            [count](const auto& service) { return service.second.*count > 0; });
    };
    return any(&LoggedService::sightings) ? FingerprintLogging::yes
        : any(&LoggedService::untold)     ? FingerprintLogging::no
                                          : FingerprintLogging::unknown;
}

} // namespace relayctl

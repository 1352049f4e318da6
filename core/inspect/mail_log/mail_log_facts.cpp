#include "core/inspect/mail_log/mail_log_facts.hpp"

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
    FingerprintLogging logging = FingerprintLogging::unknown;
    for (const auto& [tag, service] : services) {
        if (service.sightings > 0) {
            return FingerprintLogging::yes;
        }
        if (service.untold > 0 || (service.unlogged > 0 && !service.tells_tls())) {
            logging = FingerprintLogging::no;
        }
    }
    return logging;
}

} // namespace relayctl

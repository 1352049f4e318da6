// Asks the services of Postfix after a removal: a client is revoked where none of them relays for
// it.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/revocation.hpp"
#include "core/table/entry_view.hpp"
#include "core/x509/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Who was removed.
struct Revoked {
    std::vector<const CertificateFile*> files; // clients of which all fingerprints are known
    std::vector<EntryView> entries; // entries that are none of these files'
    bool are_named = false; // somebody named the clients, not only these fingerprints of theirs
};

// Every smtpd of this instance and of the other instances of this machine: the default one, and
// those in multi_instance_directories. No value where there is no Postfix, or nobody was removed.
// What cannot be asked or seen is said as a note; nothing is thrown for it but an interruption.
std::optional<RevocationVerdict> ask_services_again(Context& context, const Revoked& revoked);

// Names each service that still relays, as warnings.
void report_still_relaying(Context& context, const RevocationVerdict& verdict);

// Errors: ErrorKind::refused with the names of the services, where any relays. Where somebody chose
// the table that was changed it is no failure that others list the client, and where somebody chose
// a service only that one counts.
void require_revoked(const Context& context, const std::optional<RevocationVerdict>& verdict);

} // namespace relayctl

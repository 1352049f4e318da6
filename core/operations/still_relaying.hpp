// After a removal: asks the services of Postfix whether one of them still relays for a client that
// was removed. Only where none does, the client is revoked.
#pragma once

#include "core/audit/repair.hpp"
#include "core/audit/revocation.hpp"
#include "core/base/time.hpp"
#include "core/operations/change_report.hpp"
#include "core/postfix/postfix.hpp"
#include "core/x509/certificate.hpp"

#include <functional>
#include <string>
#include <vector>

namespace relayctl {

// Who was removed.
struct Revoked {
    std::vector<const CertificateFile*> files; // clients of whom all fingerprints are known
    std::vector<EntryView> entries; // entries that are none of these files'
    bool are_named = false; // somebody named the clients, not only these fingerprints of theirs

    // Returns whether the services can be asked for any of them: a certificate or a fingerprint is
    // known.
    bool is_anybody() const;
};

// Returns the clients whose entries were removed in order to revoke them. files: certificates that
// somebody named, null where nobody named the clients. These clients are judged by all their
// fingerprints, the others by the one that was listed.
Revoked revoked_clients(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* files);

// A Postfix instance of this machine.
struct PostfixInstance {
    Postfix& postfix;
    std::string config_directory; // of -c; empty for the default instance
    Repair repair; // for hints about it
};

// Opens another instance, and hands it to the function. config_directory: empty for the default
// instance.
using InstanceOpener = std::function<void(
    const std::string& config_directory, const std::function<void(const PostfixInstance&)>& use)>;

// What the services of all instances would do for the clients that were removed.
struct RevocationReport {
    RevocationVerdict verdict;
    bool asked_any = false; // there was a service that could be asked
    std::vector<std::string> unasked; // sentences about instances that could not be asked
};

// Asks every smtpd of this instance and of the other instances of this machine: the default one,
// and those in multi_instance_directories. Errors: ErrorKind::interrupted only; whatever else fails
// is in `unasked`, and in the verdict as unsure.
RevocationReport ask_whether_still_relaying(const PostfixInstance& own,
    const InstanceOpener& open_instance, const Revoked& revoked, Time now);

// Returns the services that the verdict says still relay, each once: "submission/inet of
// /etc/postfix". service: only those of this name count; empty for all.
std::vector<std::string> relaying_services(
    const RevocationVerdict& verdict, const std::string& service);

} // namespace relayctl

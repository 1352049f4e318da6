#include "core/operations/revoked_clients.hpp"

#include "core/x509/client_fingerprints.hpp"

#include <set>

namespace relayctl {

Revoked revoked_clients(
    const std::vector<TableOutcome>& outcomes, const std::vector<const CertificateFile*>* files)
{
    Revoked revoked;
    revoked.are_named = files != nullptr;
    revoked.files = files != nullptr ? *files : revoked.files;
    std::set<Fingerprint> known;
    for (const CertificateFile* file : revoked.files) {
        for (const ClientFingerprint& own : client_fingerprints(*file)) {
            known.insert(own.fingerprint);
        }
    }
    for (const TableOutcome& outcome : outcomes) {
        for (const EntryView& entry : outcome.report.revoked) {
            const auto fingerprint = Fingerprint::from_written(entry.fingerprint);
            if (!fingerprint || !known.contains(*fingerprint)) {
                revoked.entries.push_back(entry);
            }
        }
    }
    return revoked;
}

} // namespace relayctl

// What commands ask about the sightings of the mail log, and how it is told where the log has no
// fingerprints.
#pragma once

#include "app/cli/context.hpp"
#include "core/audit/finding.hpp"
#include "core/operations/seen.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace relayctl {

// Finds the sightings in the tables of the context. Where no client is known to have presented a
// certificate, fingerprints_logged says what Postfix is set up to log; for files of --log it is
// false then, since nothing is known of who wrote them. Errors: those of find_sightings().
SeenReport sightings_of(Context& context, const SeenQuestion& question);

// Names the command that makes smtpd log the certificates, and what that costs. Nothing where the
// log is a file of --log, or where smtpd does it already.
std::vector<Hint> hints_at_logging(Context& context, const SeenQuestion& question);

// The answer where the log does not tell who came: nobody is said to be unseen by it.
[[noreturn]] void throw_not_logged(
    Context& context, const SeenQuestion& question, const SeenReport& report);

// Returns what verify notes of entries that were not seen for so long: one finding for each, and
// one if the log does not tell enough, or cannot be read. file: where that one is said to be.
std::vector<Finding> unseen_findings(
    Context& context, std::chrono::seconds duration, const std::string& file);

// Says on standard error what the report does not tell surely: where the log begins, and which
// services log no certificates.
void note_limits(Context& context, const SeenQuestion& question, const SeenReport& report);

// Says what was saved, and which databases do not tell the other servers of it.
void report_saved(Context& context, const SeenReport& report);

} // namespace relayctl

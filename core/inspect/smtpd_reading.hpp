// Asks smtpd itself what it makes of the configuration of each service, whether Postfix runs or
// not: starts it as master(8) would, with one end of a socket pair for its client.
//
// Nothing of that reaches the mail log, and no mail goes in or out: smtpd logs to its standard
// error only, asks no milter and counts no client, has tlsmgr_stand_in.hpp for its tlsmgr(8), and
// finds no cleanup(8) for a notice to the postmaster. It does open its tables, and it connects to
// the server of its SASL. Sources: single_server_main() in single_server.c (-S: the client is
// standard input; -V: messages go to standard error), SMTPD_STAND_ALONE() in smtpd.h (with -u it
// serves that client as any other), maillog_client_init() in maillog_client.c; all the same in 3.5
// to 3.11.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/postfix/postfix.hpp"

#include <vector>

namespace relayctl {

// Fills in the reading of each service; services that differ in nothing are asked once. assumed:
// overrides that come last. As anybody but root, or where root may not run what main.cf names, it
// only fills in why smtpd is not asked. Spawns one smtpd for each different set of words, which has
// 10 seconds; if Postfix is stopped also "postconf -x" for each. Throws ErrorKind::interrupted.
void read_by_smtpd(Postfix& postfix, std::vector<ServiceFacts>& services, const Overrides& assumed);

} // namespace relayctl

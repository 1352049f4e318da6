// Asks Postfix what bears on a client's certificate in each of its smtpd services.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/inspect/service_query.hpp"
#include "core/postfix/postfix.hpp"

#include <vector>

namespace relayctl {

// Returns the facts of each smtpd of master.cf that the query wants, in the order of master.cf;
// empty if master.cf has no smtpd. qmqp: takes the qmqpd services of master.cf, if it is not null.
// Spawns: "postconf -M"; "postconf -x" once for each different set of -o overrides, and once more
// if it has smtpd_restriction_classes; with a client "postmap -q" once for each table and digest,
// and once for each table in the lists of addresses and destinations and behind check_client_access
// and its like. Errors: ErrorKind::postfix as Postfix has them; ErrorKind::usage if no service has
// the name in the query.
std::vector<ServiceFacts> ask_services(
    Postfix& postfix, const ServiceQuery& query, std::vector<QmqpService>* qmqp = nullptr);

// Returns the same services for another client: only what depends on the client is asked anew, by
// "postmap -q". query: the one of ask_services() but for client and chain. services: its result.
std::vector<ServiceFacts> ask_for_another_client(
    Postfix& postfix, const ServiceQuery& query, std::vector<ServiceFacts> services);

} // namespace relayctl

// The live look: asks the running smtpd of each service what it shows to anybody who connects.
#pragma once

#include "core/inspect/service_facts.hpp"
#include "core/postfix/postfix.hpp"

#include <vector>

namespace relayctl {

// Fills in `live` of each service. Connects to the inet services of this instance if its Postfix
// runs in this network namespace, else to none: greeting, EHLO, STARTTLS or TLS at once, QUIT, and
// neither a certificate nor a message. A service of type pass is looked at through the postscreen
// of master.cf. It takes 4 seconds at most for each service, 8 for all of them and for one behind
// postscreen. services: have their parameters. Throws what Postfix::effective() throws.
void look_at_services(Postfix& postfix, std::vector<ServiceFacts>& services);

} // namespace relayctl

// The smtpd services of one Postfix: what master.cf says of each, and the parameters that are
// effective for it.
#pragma once

#include "core/postfix/postfix.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// One smtpd line of master.cf.
struct Service {
    std::string name; // as postconf names it: "submission/inet", "smtpd/pass"
    bool chroot = false;
    std::vector<std::pair<std::string, std::string>> overrides; // its -o options, in their order
    std::map<std::string, std::string>
        parameters; // effective, every $name expanded; filled by effective_services()
    // Arguments that belong to no option, as of "-o name=one, two": smtpd ends with a fatal error
    // ("unexpected command-line argument", single_server.c).
    std::vector<std::string> stray_words = {};
};

// Whether somebody who says `name` means the service: "submission" and "submission/inet" both mean
// "submission/inet".
bool is_service_named(const std::string& service, const std::string& name);

// The services of a daemon in the text of a master.cf (master(5)); of smtpd those of type inet,
// or pass behind postscreen.
std::vector<Service> parse_services(std::string_view master_cf, std::string_view daemon = "smtpd");

// The smtpd services with these parameters of each. Spawns one postconf that judges master.cf and
// one for each different set of overrides: without -o they share one. Errors: as
// Postfix::parameters().
std::vector<Service> effective_services(
    Postfix& postfix, const std::vector<std::string>& parameters);

} // namespace relayctl

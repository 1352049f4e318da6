// The smtpd services of one Postfix: what master.cf says of each, and the parameters that are
// effective for it.
#pragma once

#include "core/postfix/postfix.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One line of master.cf.
struct Service {
    std::string name; // as postconf names it: "submission/inet", "smtpd/pass"
    bool chroot = false;
    Overrides overrides; // its -o options
    // Effective parameters with every $name expanded. Empty until effective_services() fills it.
    std::map<std::string, std::string> parameters;
    // Arguments that belong to no option, as of "-o name=one, two": smtpd ends with a fatal error
    // ("unexpected command-line argument", single_server.c).
    std::vector<std::string> stray_words = {};
    // All words behind the command, without their braces, as master(8) hands them to smtpd.
    std::vector<std::string> words = {};
    std::size_t line = 0; // of master.cf, where the service begins
};

// The options of smtpd that take a value, as getopt() reads them (single_server_main() in
// master/single_server.c): also "-vo name=value".
constexpr std::string_view smtpd_options_with_value = "imnorst";

// Returns true if somebody who says `name` means the service: both "submission" and
// "submission/inet" mean "submission/inet".
bool is_service_named(const std::string& service, const std::string& name);

// Returns true if master(8) does not start the service ("submission/inet"). patterns: the value of
// master_service_disable. Source: match_service_match() in global/match_service.c.
bool is_disabled(const std::string& service, std::string_view patterns);

// Returns the services of a daemon in the text of a master.cf (master(5)). Of smtpd these are the
// services of type inet, and those of type pass, which are behind postscreen(8).
std::vector<Service> parse_services(std::string_view master_cf, std::string_view daemon = "smtpd");

// Returns the smtpd services with these parameters of each. Runs one "postconf -M" and one
// "postconf -x" for each different set of overrides. Throws what Postfix::parameters() throws.
std::vector<Service> effective_services(
    Postfix& postfix, const std::vector<std::string>& parameters);

} // namespace relayctl

// Which values smtpd can read of the parameters that are no text: with any other it ends at once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Returns why smtpd cannot read the value, as the rest of a sentence about it: "is neither yes nor
// no". Has no value if it can, or if the parameter is none of those that smtpd reads as a boolean,
// a number, a time or a word of a short list. value: with every $name expanded. Sources: the
// tables in main() of smtpd.c, 3.5 to 3.11; convert_mail_conf_bool(), _int(), _long() and
// conv_time() in src/global; pre_jail_init() in smtpd.c.
std::optional<std::string> value_problem(std::string_view name, std::string_view value);

// The same of a value with which smtpd starts and has no TLS. what: "protocols" or "ciphers".
// version: mail_version. Sources: tls_proto_mask_lims() and tls_set_ciphers() in tls_misc.c.
std::optional<std::string> tls_value_problem(
    std::string_view what, std::string_view value, std::string_view version);

// Returns the value that was meant: without a comment behind it, "5m" for "5 minutes". Empty if
// that is not clear.
std::string meant_value(std::string_view name, std::string_view value);

// Returns the known name of a parameter that decides about clients with certificates and that this
// name was probably meant to be; empty if there is none.
std::string meant_parameter(std::string_view name);

} // namespace relayctl

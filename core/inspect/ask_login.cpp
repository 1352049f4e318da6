#include "core/inspect/ask_login.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

// Returns the place of a protocol among all that Postfix knows; that of the oldest if it is none.
std::size_t age_of(std::string_view protocol)
{
    constexpr std::array<std::string_view, 6> known
        = { "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3" };
    const auto found = std::find_if(known.begin(), known.end(),
        [&](std::string_view name) { return equal_ignoring_case(name, protocol); });
    return found == known.end() ? 0 : static_cast<std::size_t>(found - known.begin());
}

// Returns the security level that a cipher list sets, as in "HIGH:@SECLEVEL=2"; 0 if it sets none.
int security_level_in(const std::string& ciphers)
{
    const std::string word = "@SECLEVEL=";
    const std::size_t at = ciphers.find(word);
    const bool has_digit = at != std::string::npos && is_digit(ciphers.c_str()[at + word.size()]);
    return has_digit ? ciphers[at + word.size()] - '0' : 0;
}

// Returns true if smtpd serves nobody without TLS: then the "mandatory" parameters count.
bool enforces_tls(const ServiceFacts& facts)
{
    const std::string level = to_lower(facts.parameter("smtpd_tls_security_level"));
    return facts.is_on("smtpd_tls_wrappermode")
        || (level.empty() ? facts.is_on("smtpd_enforce_tls") : level != "may" && level != "none");
}

} // namespace

bool has_protocol(const std::string& list, const std::string& protocol)
{
    const std::size_t wanted = age_of(protocol);
    bool is_named = false;
    bool names_any = false;
    for (const std::string& word : split_list(list, ", \t\r\n:")) {
        const std::string_view text = word;
        if (text.starts_with('!')) {
            if (equal_ignoring_case(text.substr(1), protocol)) {
                return false;
            }
        } else if (text.starts_with(">=")) {
            // These bounds are known from Postfix 3.6 on.
            if (wanted < age_of(text.substr(2))) {
                return false;
            }
        } else if (text.starts_with("<=")) {
            if (wanted > age_of(text.substr(2))) {
                return false;
            }
        } else {
            names_any = true;
            is_named = is_named || equal_ignoring_case(text, protocol);
        }
    }
    return !names_any || is_named;
}

void ask_login(ServiceFacts& facts, const ServiceQuery& query)
{
    const PublicKey* const key = query.client != nullptr ? query.client->public_key() : nullptr;
    // Of a fingerprint alone nobody can say how its owner logs in.
    if (key == nullptr) {
        return;
    }
    const std::string kind = enforces_tls(facts) ? "smtpd_tls_mandatory_" : "smtpd_tls_";
    const std::string& protocols = facts.parameter(kind + "protocols");
    const std::string grade = to_lower(facts.parameter(kind + "ciphers"));
    facts.login_terms
        = { facts.parameter("tls_eecdh_auto_curves"), facts.parameter("tls_ffdhe_auto_groups"),
              security_level_in(facts.parameter("tls_" + grade + "_cipherlist")),
              has_protocol(protocols, "TLSv1.2"), has_protocol(protocols, "TLSv1.3") };
    // With older versions alone it is not known: only the newer ones are tried.
    if (facts.login_terms.allows_tls12 || facts.login_terms.allows_tls13) {
        facts.login = login_by(*key, facts.login_terms);
    }
}

} // namespace relayctl

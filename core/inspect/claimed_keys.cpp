// What a table says to a client is found out with invented clients: if it says the same to all of
// them, it says that to every client. If not, it is tried whether many strangers can have what it
// looks for, such as a public address or a name that everybody knows.
#include "core/inspect/claimed_keys.hpp"

#include "core/base/public_addresses.hpp"
#include "core/postfix/match_list.hpp"

#include <algorithm>
#include <map>

namespace relayctl {

namespace {

// Makes the keys that smtpd looks up in one table. A table of patterns is asked for the whole only.
class KeyMaker {
public:
    KeyMaker(const std::string& table, const ClaimSource& source)
        : by_pattern_(has_patterns(table))
        , source_(source)
    {
    }

    // Returns the keys of a domain and the domains above it, the most special one first
    // (smtpd_check.c, check_domain_access()).
    Claim domain(const std::string& name) const
    {
        return by_pattern_ ? Claim{ name } : domain_keys(name, source_.without_dot);
    }

    // Returns "192.0.2.1", "192.0.2", "192.0", "192", or the same with the groups of an IPv6
    // address.
    Claim address(std::string text) const
    {
        Claim keys = { text };
        const char delimiter = text.find(':') == std::string::npos ? '.' : ':';
        for (std::size_t end = text.rfind(delimiter); !by_pattern_ && end != std::string::npos;
             end = text.rfind(delimiter)) {
            text.erase(end);
            keys.push_back(text);
        }
        return keys;
    }

    // Returns the keys of an address: the whole, the domain and those above it, then "user@"
    // (smtpd_check.c, check_mail_access()).
    Claim mail(const std::string& user, const std::string& at) const
    {
        Claim keys = { user + '@' + at };
        if (!by_pattern_) {
            const Claim parents = domain(at);
            keys.insert(keys.end(), parents.begin(), parents.end());
            keys.push_back(user + '@');
        }
        return keys;
    }

private:
    bool by_pattern_;
    const ClaimSource& source_;
};

// Returns the keys of both claims, those of `front` first.
Claim joined(Claim front, const Claim& back)
{
    front.insert(front.end(), back.begin(), back.end());
    return front;
}

// The claims of check_client_access, which looks up the name and then the address.
Claims clients(const KeyMaker& keys, bool looks_at_names, const ClaimSource& source)
{
    Claims claims;
    std::vector<Claim> names = { Claim() };
    if (looks_at_names) {
        names = { keys.domain(source.name.value_or("unknown")) };
    }
    // The client's name is not known, so a made up one is asked as well as "unknown": a table that
    // lists names then gives different answers.
    if (looks_at_names && !source.name) {
        names.push_back(keys.domain("host." + source.label + ".example"));
    }
    const auto addresses = source.address.empty() ? sample_of_public_addresses()
                                                  : std::vector<std::string>{ source.address };
    for (const std::string& address : addresses) {
        claims.clients.push_back(joined(names.front(), keys.address(address)));
    }
    if (names.size() > 1) {
        // One address is enough for the second name, since the addresses were tried with the first.
        claims.clients.push_back(joined(names.back(), keys.address(addresses.front())));
    }
    claims.exact = claims.clients.size() == 1 && (source.name || !looks_at_names);
    return claims;
}

} // namespace

Claims claims_of(const std::string& word, const std::string& table, const ClaimSource& source)
{
    const KeyMaker keys(table, source);
    if (word == "check_client_access") {
        // A cidr table has addresses only, so the names need not be asked.
        return clients(keys, !table.starts_with("cidr:"), source);
    }
    Claims claims;
    // A client may say any name in HELO, also one of this server.
    if (word == "check_helo_access") {
        claims.clients = { keys.domain("mail." + source.label + ".example"),
            keys.domain(source.label + ".invalid") };
        claims.guesses = { keys.domain("localhost") };
        for (const std::string& name : source.own_names) {
            claims.guesses.push_back(keys.domain(name));
        }
        return claims;
    }
    claims.clients = { keys.mail(source.label, source.label + ".example"),
        keys.mail("x" + source.label, "mail." + source.label + ".invalid") };
    // The empty sender is that of bounces, which everybody may send.
    if (word == "check_sender_access") {
        claims.guesses = { { source.null_sender } };
        for (const std::string& name : source.own_names) {
            claims.guesses.push_back(keys.mail("postmaster", name));
            claims.guesses.push_back(keys.mail(source.label, name));
        }
    }
    return claims;
}

namespace {

// The first key of a claim that the table has, and its value.
using Found = std::optional<std::pair<std::string, std::string>>;

// Returns what is found for each claim. next: the place of its first key among the values; moves
// behind its last one.
std::vector<Found> first_of_each(const std::vector<Claim>& claims,
    const std::vector<std::optional<std::string>>& values, std::size_t& next)
{
    std::vector<Found> found;
    for (const Claim& claim : claims) {
        Found first;
        // smtpd stops at the first key that the table has, and so does this.
        for (const std::string& key : claim) {
            const auto& value = values[next++];
            if (!first && value) {
                first.emplace(key, *value);
            }
        }
        found.push_back(std::move(first));
    }
    return found;
}

// Returns how many clients the table must say something to before it says it to strangers: more
// than one /8 of addresses has, but one is enough of what every client can say of itself.
std::size_t enough_of(const Claims& claims)
{
    constexpr std::size_t one_network = 4; // of the sample
    return claims.clients.size() > 2 ? one_network + 1 : 1;
}

} // namespace

ClaimTableFacts facts_of_claims(
    const Claims& claims, const std::vector<std::optional<std::string>>& values)
{
    std::size_t next = 0;
    const auto clients = first_of_each(claims.clients, values, next);
    const auto guesses = first_of_each(claims.guesses, values, next);
    const Found& first = clients.front();
    const auto says_the_same = [&](const Found& found) {
        return found.has_value() == first.has_value() && (!found || found->second == first->second);
    };
    ClaimTableFacts result;
    // What the table says to each of the made up clients alike, it says to every client.
    if (claims.exact || (first && std::all_of(clients.begin(), clients.end(), says_the_same))) {
        if (first) {
            result.answer.values = { first->second };
        }
        return result;
    }
    // From here on it depends on who the client is.
    result.answer.unknown = true;
    std::map<std::string, std::vector<std::string>> keys; // by what the table says
    for (const Found& found : clients) {
        if (found) {
            keys[found->second].push_back(found->first);
        }
    }
    // The table says it to some only: to strangers if enough of the sample hear it, or if a guess
    // does.
    for (const auto& [value, said_to] : keys) {
        if (said_to.size() >= enough_of(claims)) {
            result.on_claim.emplace_back(said_to.front(), value);
        }
    }
    for (const Found& found : guesses) {
        if (found) {
            result.on_claim.push_back(*found);
        }
    }
    return result;
}

} // namespace relayctl

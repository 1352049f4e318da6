// Without the address of a client a list is judged by a sample of public addresses from all over
// the Internet: how many of them it takes in says how wide it is. With an address the list is asked
// for that one.
#include "core/inspect/address_lists.hpp"

#include "core/base/text.hpp"
#include "core/postfix/address_pattern.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Names and addresses are both looked at, in networks as well as in tables.
MatchRules rules_of_addresses(const ServiceFacts& facts)
{
    return { true, true, matches_below(facts, "mynetworks") };
}

} // namespace

void AddressLists::ask(ServiceFacts& facts)
{
    ask_mynetworks(facts);
    const std::string& xclient = facts.parameter("smtpd_authorized_xclient_hosts");
    facts.disguise.xclient_width = width_of_list(xclient, facts);
    facts.disguise.by_xclient = query_.address.empty() ? facts.disguise.xclient_width >= Width::wide
                                                       : takes_client(xclient, facts).answer;
}

void AddressLists::ask_mynetworks(ServiceFacts& facts)
{
    const std::string& list = facts.parameter("mynetworks");
    // Without an address of the client the list is judged by the sample of public addresses.
    const Taken taken = takes_client(list, facts);
    facts.in_mynetworks = taken.answer;
    facts.mynetworks_fault = taken.stopped_at;
    facts.mynetworks_width = width_of_list(list, facts);
    if (client_name(facts)) { // names in the list match no client
        return;
    }
    for (const MatchPattern& pattern : read_match_list(list)) {
        const bool is_name = !pattern.is_table && !pattern.negated
            && parse_address_pattern(pattern.text).network.bits == 0;
        if (is_name && pattern.text != "localhost" && pattern.text != "unknown") {
            facts.mynetworks_names.push_back(pattern.text);
        }
    }
}

const std::vector<Taken>& AddressLists::taken_of_sample(
    const std::string& list, const ServiceFacts& facts)
{
    const auto [known, is_new] = sample_.try_emplace(list + (facts.service.chroot ? " y" : " n"));
    // The same list is asked of several services, and once for each state of the chroot.
    if (is_new) {
        std::vector<MatchSubject> subjects;
        for (const std::string& address : sample_of_public_addresses()) {
            subjects.push_back({ "unknown", address });
        }
        known->second = look_up_list(tables_, list, subjects, rules_of_addresses(facts), facts);
    }
    return known->second;
}

Width AddressLists::width_of_list(const std::string& list, const ServiceFacts& facts)
{
    std::vector<bool> taken;
    for (const Taken& one : taken_of_sample(list, facts)) {
        taken.push_back(one.answer.value_or(false));
    }
    return width_of(taken);
}

Taken AddressLists::takes_client(const std::string& list, const ServiceFacts& facts)
{
    if (!query_.address.empty()) {
        return look_up_list(tables_, list, { { client_name(facts), query_.address } },
            rules_of_addresses(facts), facts)
            .front();
    }
    const Width width = width_of_list(list, facts);
    const auto& sample = taken_of_sample(list, facts);
    const bool is_doubtful = std::any_of(
        sample.begin(), sample.end(), [](const Taken& taken) { return !taken.answer; });
    if (width == Width::all) {
        return { true, "" };
    }
    // A list that takes in few public addresses does not take in a client from anywhere.
    if (width != Width::wide && !is_doubtful) {
        return { false, "" };
    }
    const auto& addresses = sample_of_public_addresses();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // Only where smtpd stops at an entry for every IPv4 address of the sample is it certain
        // that it stops for the client.
        if (parse_address(addresses[i]).bits == 32 && sample[i].stopped_at.empty()) {
            return {};
        }
    }
    return { std::nullopt, sample.front().stopped_at }; // smtpd stops there for every client
}

std::optional<std::string> client_name(const ServiceFacts& facts)
{
    return equal_ignoring_case(facts.parameter("smtpd_peername_lookup"), "no")
        ? std::optional<std::string>("unknown")
        : std::nullopt;
}

} // namespace relayctl

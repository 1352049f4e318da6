// Whom the address lists of a service take in: mynetworks, smtpd_authorized_xclient_hosts and
// qmqpd_authorized_clients.
#pragma once

#include "core/inspect/list_lookup.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// Asks the lists of all services of one query.
class AddressLists {
public:
    // Both must outlive it. With a client that has no address the lists are asked for somebody from
    // anywhere.
    AddressLists(KeyLookup& tables, const ServiceQuery& query)
        : tables_(tables)
        , query_(query)
    {
    }

    // Fills in in_mynetworks, the other members of mynetworks, and of disguise what is about
    // XCLIENT. Spawns "postmap -q", once for each table in these lists.
    void ask(ServiceFacts& facts);

    // Returns how much of the Internet a list takes in.
    Width width_of_list(const std::string& list, const ServiceFacts& facts);

private:
    void ask_mynetworks(ServiceFacts& facts);
    const std::vector<Taken>& taken_of_sample(const std::string& list, const ServiceFacts& facts);
    // Whether the list takes in the client by its address; without one, somebody from anywhere.
    Taken takes_client(const std::string& list, const ServiceFacts& facts);

    KeyLookup& tables_;
    const ServiceQuery& query_;
    // For sample_of_public_addresses(), by list and chroot.
    std::map<std::string, std::vector<Taken>> sample_;
};

// Returns the name by which smtpd knows the client; no value if that is not known here. Where smtpd
// looks up no names, every client is "unknown".
std::optional<std::string> client_name(const ServiceFacts& facts);

} // namespace relayctl

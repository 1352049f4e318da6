#include "core/inspect/client_facts.hpp"

#include <algorithm>
#include <iterator>

namespace relayctl {

std::vector<Print> Client::prints(const Digest& digest) const
{
    if (certificate != nullptr) {
        return { { "cert", certificate->fingerprint(digest) },
            { "key", certificate->key_fingerprint(digest) } };
    }
    if (key != nullptr) {
        return { { "key", key->key_fingerprint(digest) } };
    }
    if (fingerprint) {
        return { { "", *fingerprint } };
    }
    std::vector<Print> fitting;
    std::copy_if(listed.begin(), listed.end(), std::back_inserter(fitting),
        [&](const Print& print) { return print.fingerprint.size() == digest.size(); });
    return fitting;
}

Client unknown_client()
{
    static const std::vector<std::uint8_t> zeros(64);
    Client client;
    for (const std::string& name : usable_digests()) {
        const Fingerprint print({ zeros.data(), Digest::by_name(name).size() });
        client.listed.insert(client.listed.end(), { { "cert", print }, { "key", print } });
    }
    return client;
}

std::string Client::words_to_add(const std::optional<Digest>& digest) const
{
    if (!add_words.empty() || !digest) {
        return add_words;
    }
    const std::vector<Print> known = prints(*digest);
    const auto words = [](const Print& print) {
        return (print.kind == "key" ? "--key --fingerprint " : "--fingerprint ")
            + print.fingerprint.to_string();
    };
    return known.empty() ? "" : words(known.front());
}

} // namespace relayctl

#include "app/render/json_live.hpp"

namespace relayctl {

namespace {

// Returns the word of the JSON, which never changes.
std::string_view word_for(LiveStatus status)
{
    switch (status) {
    case LiveStatus::unseen:
        return "unseen";
    case LiveStatus::dead:
        return "not-running";
    case LiveStatus::alive:
        return "running";
    }
    return {};
}

} // namespace

Json json_of(const std::optional<LiveFacts>& live)
{
    if (!live) {
        return {};
    }
    // Without a handshake nobody has named CAs, which an empty list would say.
    const bool has_session = !live->protocol.empty();
    // The reason why there was no conversation comes before that for no TLS.
    const std::string& error = live->problem.empty() ? live->tls_problem : live->problem;
    return { { "status", std::string(word_for(live->status)) },
        { "address", or_null(live->address) }, { "greeting", or_null(live->greeting) },
        { "starttls", live->from_the_start ? Json(false) : or_null(live->offers_tls) },
        { "protocol", or_null(live->protocol) },
        { "asks_for_certificate", or_null(live->asks_for_certificate) },
        { "authorities", has_session ? Json(live->authorities) : Json() },
        { "error", or_null(error) } };
}

Json json_of_services(const std::vector<LiveService>& services)
{
    Json list = Json::array();
    for (const LiveService& service : services) {
        list.push_back({ { "service", service.name }, { "live", json_of(service.live) } });
    }
    return list;
}

} // namespace relayctl

#include "core/store/sightings.hpp"

#include <algorithm>

namespace relayctl {

std::int64_t week_of(Time time) noexcept
{
    return std::chrono::floor<std::chrono::weeks>(time).time_since_epoch().count();
}

void add_address(ClientSightings& client, const std::string& address, Time last)
{
    auto& addresses = client.addresses;
    auto place = std::find_if(addresses.begin(), addresses.end(),
        [&](const SeenAddress& one) { return one.address == address; });
    if (place == addresses.end()) {
        addresses.push_back({ address, last });
        place = addresses.end() - 1;
    }
    place->last = std::max(place->last, last);
    for (; place != addresses.begin() && place->last > (place - 1)->last; --place) {
        std::iter_swap(place, place - 1);
    }
    if (addresses.size() > most_addresses) {
        addresses.pop_back();
        client.has_more_addresses = true;
    }
}

void move_weeks(ClientSightings& client, Time last)
{
    const auto weeks = week_of(last) - week_of(client.last);
    if (weeks > 0) {
        const auto kept = std::max<std::int64_t>(0, std::int64_t{ weeks_shown } - weeks);
        std::copy_backward(
            client.weeks.begin(), client.weeks.begin() + kept, client.weeks.begin() + weeks_shown);
        std::fill_n(client.weeks.begin(), weeks_shown - static_cast<std::size_t>(kept), 0U);
    }
    client.last = std::max(client.last, last);
}

void add_sightings(ClientSightings& sum, const ClientSightings& more)
{
    if (sum.sessions == 0) {
        sum = more;
        return;
    }
    if (more.last > sum.last) {
        sum.outcome = more.outcome;
        sum.answer = more.answer;
        sum.claimed = more.claimed;
        sum.service = more.service;
    }
    if (!more.matched.empty() && (more.last > sum.last || sum.matched.empty())) {
        sum.matched = more.matched;
    }
    move_weeks(sum, more.last);
    const auto behind = static_cast<std::size_t>(week_of(sum.last) - week_of(more.last));
    for (std::size_t i = 0; i + behind < weeks_shown; ++i) {
        sum.weeks[i + behind] += more.weeks[i];
    }
    sum.number = std::min(sum.number, more.number);
    sum.first = std::min(sum.first, more.first);
    sum.sessions += more.sessions;
    sum.permitted += more.permitted;
    sum.denied += more.denied;
    sum.rejected += more.rejected;
    sum.taken += more.taken;
    sum.has_more_addresses = sum.has_more_addresses || more.has_more_addresses;
    for (const SeenAddress& address : more.addresses) {
        add_address(sum, address.address, address.last);
    }
}

} // namespace relayctl

// What the running smtpd of a service showed, as JSON.
#pragma once

#include "app/render/json_value.hpp"
#include "core/inspect/live_facts.hpp"

#include <optional>
#include <vector>

namespace relayctl {

// Returns null if nobody was to look at the service.
Json json_of(const std::optional<LiveFacts>& live);

// Each with the name of its service, as "live" of verify.
Json json_of_services(const std::vector<LiveService>& services);

} // namespace relayctl

// Counts the sightings of the mail log by certificate and service.
#pragma once

#include "core/inspect/mail_log/mail_log_facts.hpp"
#include "core/store/sightings.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace relayctl {

// Begins with what was known before, and adds sightings one by one. Its memory does not grow with
// the number of sightings: of the certificates that nobody lists only most_pending are kept.
class SightingCounter {
public:
    // is_listed: whether any table lists the certificate or its key.
    SightingCounter(Sightings known, std::function<bool(const Presented&)> is_listed);

    void add(const Sighting& sighting);

    // Returns all that is known after the log was read. facts: what read_mail_log() returned.
    Sightings finish(const MailLogFacts& facts);
    // Returns true if that is more than was known before.
    bool has_changed() const noexcept { return has_changed_; }

private:
    // By a hash of certificate and service, which few have in common: places in known_.clients.
    using Places = std::unordered_multimap<std::uint64_t, std::size_t>;

    ClientSightings& client_of(const Sighting& sighting);
    // Returns the client; a null pointer if it is none that is known. Any service, if none is
    // given.
    ClientSightings* find(
        const Places& places, const Presented& presented, std::optional<std::string_view> service);
    void require_index();
    void index();
    void add_to_index(std::size_t place);
    void forget_oldest();
    // Returns up to when the service did not tell who came.
    Time end_of_silence(const std::string& tag, const LoggedService& service) const;

    Sightings known_;
    SightingsHead before_;
    bool has_changed_ = false;
    std::function<bool(const Presented&)> is_listed_;
    Places places_;
    Places certificates_; // of the first client with a certificate, whatever the service
    std::size_t pending_ = 0;
    bool is_indexed_ = false; // the three are made when the first sighting comes
};

} // namespace relayctl

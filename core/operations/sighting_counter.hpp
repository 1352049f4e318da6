// Counts the sightings of the mail log by certificate and service.
#pragma once

#include "core/inspect/mail_log/mail_log_facts.hpp"
#include "core/store/sightings.hpp"

#include <functional>
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
    struct Key {
        Presented presented;
        std::string service;
    };
    struct KeyView {
        const Presented& presented;
        std::string_view service;
        KeyView(const Presented& p, std::string_view s)
            : presented(p)
            , service(s)
        {
        }
        KeyView(const Key& key)
            : KeyView(key.presented, key.service)
        {
        }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const KeyView& a, const KeyView& b) const noexcept
        {
            return a.presented == b.presented && a.service == b.service;
        }
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const KeyView& key) const noexcept;
    };

    ClientSightings& client_of(const Sighting& sighting);
    void require_index();
    void index();
    void forget_oldest();
    // Returns up to when the service did not tell who came.
    Time end_of_silence(const std::string& tag, const LoggedService& service) const;

    Sightings known_;
    SightingsHead before_;
    bool has_changed_ = false;
    std::function<bool(const Presented&)> is_listed_;
    std::unordered_map<Key, std::size_t, Hash, Equal> places_; // in known_.clients
    // Of a certificate, whatever the service.
    std::unordered_map<Key, std::uint64_t, Hash, Equal> numbers_;
    std::size_t pending_ = 0;
    bool is_indexed_ = false; // the three are made when the first sighting comes
};

} // namespace relayctl

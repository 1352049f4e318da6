// What somebody has agreed to lose: entries that go without being named one by one, by a pattern or
// because their time is over. They are asked about before the lock is taken; under the lock the
// plan is held against the answer.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace relayctl {

// What somebody agreed to on the command line, before it is known what would go.
struct GivenConsent {
    bool to_all = false; // --yes: nobody is asked
    bool to_empty = false; // --allow-empty: no entry may be left
};

// What a plan takes from one table.
struct MassRemoval {
    std::string table; // its name
    std::vector<std::string> unnamed; // keys of the entries that nobody named
    std::size_t removed = 0; // entries that go, the named ones among them
    std::size_t left = 0; // entries that the table has afterwards
};

// One answer for all tables of a command. note() is called for each table before anything is
// changed, require() under the lock of the table with what goes then.
class Consent {
public:
    // dry_run: nothing goes, so nothing needs consent. from: this many unnamed entries need it;
    // fewer go without any.
    Consent(const GivenConsent& given, bool dry_run, std::size_t from)
        : to_all_(given.to_all || dry_run)
        , to_empty_(given.to_empty || dry_run)
        , from_(from)
    {
    }

    // Returns true if nobody has to be asked about anything.
    bool is_general() const noexcept { return to_all_; }

    // Returns true if anything was noted that goes unnamed.
    bool concerns_any() const noexcept { return count_ > 0; }

    // Notes what a plan would take, before anything is changed. Gives the number of entries for
    // which somebody has to be asked now; 0 where nobody has to be.
    std::size_t note(const MassRemoval& removal);

    // Returns true if the entry was there when note() was told of its table.
    bool has_seen(const std::string& table, const std::string& key) const
    {
        return seen_.contains({ table, key });
    }

    // Errors: ErrorKind::refused where the removal takes what nobody has agreed to.
    void require(const MassRemoval& removal) const;

private:
    bool is_needed(std::size_t unnamed) const
    {
        return unnamed > 0 && (unnamed >= from_ || count_ >= from_);
    }

    bool to_all_;
    bool to_empty_;
    std::size_t from_;
    std::size_t count_ = 0; // of the entries that were noted
    std::size_t asked_ = 0; // for how many of these somebody was asked
    std::set<std::pair<std::string, std::string>> seen_; // table and key
};

} // namespace relayctl

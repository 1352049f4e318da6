// When the client of an entry came last, as it was saved beside the table.
#pragma once

#include "core/base/time.hpp"
#include "core/postfix/postfix.hpp"
#include "core/x509/fingerprint.hpp"

#include <map>
#include <optional>
#include <string_view>

namespace relayctl {

// Knows nothing where nothing was saved, where this user may not read it, or where it cannot be
// read: a list is shown all the same.
class LastSeen {
public:
    // Of a database the rows are asked as well, where this server saves.
    LastSeen(Postfix& postfix, const TableName& table);

    bool is_empty() const noexcept { return times_.empty(); }
    // key: as it is written in the table.
    std::optional<Time> of(std::string_view key) const;

private:
    std::map<Fingerprint, Time> times_;
};

} // namespace relayctl

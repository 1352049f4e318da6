// One short text by which two servers see whether their tables say the same.
#pragma once

#include "core/table/document.hpp"
#include "core/x509/digest.hpp"

#include <string>
#include <string_view>

namespace relayctl {

// Sixteen hexadecimal digits: the beginning of the sha256 of what Postfix finds in the table,
// sorted, a line "key value" for each key, in lower case. Order, comments, annotations, spacing,
// and the type of the table do not count.
std::string state_id(const Document& document);

// The same of entries that come in the order of their keys: in lower case, by their bytes.
class StateId {
public:
    void add(const std::string& key, std::string_view value);
    std::string finish();

private:
    DigestStream hash_{ Digest::by_name("sha256") };
    std::string last_key_;
    bool is_first_ = true;
};

} // namespace relayctl

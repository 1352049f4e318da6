#include "core/audit/same_host.hpp"

#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

const Entry* entry_of_same_host(const Document& document, const Certificate& certificate)
{
    const auto& names
        = certificate.dns_names.empty() ? certificate.common_names : certificate.dns_names;
    const auto is_same = [&](const Entry& entry) {
        return std::any_of(names.begin(), names.end(),
                   [&](const std::string& name) {
                       return equal_ignoring_case(name, document.value(entry));
                   })
            || (!certificate.subject.empty()
                && document.annotation(entry).subject == certificate.subject);
    };
    const auto entries = document.entries();
    const auto same = std::find_if(entries.begin(), entries.end(), is_same);
    return same == entries.end() ? nullptr : &*same;
}

} // namespace relayctl

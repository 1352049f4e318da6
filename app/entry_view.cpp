#include "app/entry_view.hpp"

#include "core/base/text.hpp"

namespace relayctl {

EntryView view_of(const Document& document, const Entry& entry)
{
    return {std::string(document.key(entry)), std::string(document.value(entry)), entry.line, document.annotation(entry)};
}

std::string described(const EntryView& entry)
{
    return escape(entry.fingerprint) + ' ' + escape(entry.host);
}

} // namespace relayctl

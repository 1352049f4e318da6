#include "core/inspect/table_measures.hpp"

#include <algorithm>

namespace relayctl {

void count_entries(const Document& document, Time now, TableMeasures& measures)
{
    measures.entries += document.entries().size();
    for (const Entry& entry : document.entries()) {
        const Annotation annotation = document.annotation(entry);
        measures.unknown_expiry += has_unknown_expiry(annotation) ? 1 : 0;
        if (!annotation.expires) {
            continue;
        }
        if (is_expired(annotation, now)) {
            ++measures.expired;
        } else {
            measures.soonest_expiry
                = std::min(measures.soonest_expiry.value_or(Time::max()), *annotation.expires);
        }
    }
}

void add_measures(TableMeasures& sum, const TableMeasures& other)
{
    sum.is_known = sum.is_known && other.is_known;
    sum.entries += other.entries;
    sum.expired += other.expired;
    sum.unknown_expiry += other.unknown_expiry;
    if (other.soonest_expiry) {
        sum.soonest_expiry
            = std::min(*other.soonest_expiry, sum.soonest_expiry.value_or(*other.soonest_expiry));
    }
}

} // namespace relayctl

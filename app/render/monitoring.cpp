// Two formats of monitoring systems. Their lines are interfaces, on which alerts depend: names and
// units stay as they are. Times are in seconds since 1970, durations in seconds.
#include "app/render/monitoring.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::array severities = { Severity::error, Severity::warning, Severity::note };

// Returns the value of a label in quotes, with backslash, double quote and newline escaped
// (Prometheus, "Exposition formats").
std::string label_value(const std::string& text)
{
    std::string value;
    for (const char c : text) {
        value += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    }
    return '"' + value + '"';
}

// Writes the gauges of node_exporter one by one, each with a line for every table of which it is
// known.
class Gauges {
public:
    Gauges(std::ostream& out, const std::vector<TableHealth>& tables)
        : out_(out)
        , tables_(tables)
    {
    }

    // Writes one gauge. value_of: returns the values of one table with their further labels; none
    // if the gauge is not known of it.
    template <typename ValueOf>
    void gauge(const std::string& name, const char* help, ValueOf value_of)
    {
        bool is_begun = false;
        for (const TableHealth& health : tables_) {
            for (const auto& [labels, value] : value_of(health)) {
                // The two comment lines stand before the first value, and only once.
                if (!is_begun) {
                    out_ << "# HELP relayctl_" << name << ' ' << help << "\n# TYPE relayctl_"
                         << name << " gauge\n";
                    is_begun = true;
                }
                out_ << "relayctl_" << name << "{table=" << label_value(health.table) << labels
                     << "} " << value << '\n';
            }
        }
    }

private:
    std::ostream& out_;
    const std::vector<TableHealth>& tables_;
};

using Values = std::vector<std::pair<std::string, long long>>; // further labels, value

// Replaces what would end the text of a plugin's line: a newline, and the '|' in front of the
// performance data.
std::string one_line(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '|'; }, ' ');
    return text;
}

// Returns the ids of the findings, errors first, as many as a line can hold: " (map-missing, ...)".
std::string worst_of(const std::vector<Finding>& findings)
{
    std::vector<std::string> ids;
    for (const Severity severity : { Severity::error, Severity::warning }) {
        for (const Finding& finding : findings) {
            if (finding.severity == severity
                && std::find(ids.begin(), ids.end(), finding.id) == ids.end()) {
                ids.push_back(finding.id);
            }
        }
    }
    constexpr std::size_t most = 5;
    const bool are_more = ids.size() > most;
    // A plugin's line is short: the first ids tell where to look.
    ids.resize(std::min(ids.size(), most));
    return ids.empty() ? "" : " (" + join(ids, ", ") + (are_more ? ", ..." : "") + ')';
}

} // namespace

void write_prometheus(std::ostream& out, const std::vector<TableHealth>& tables)
{
    Gauges gauges(out, tables);
    const auto one = [](auto value) { return Values{ { "", static_cast<long long>(value) } }; };
    // A gauge without a value is left out of the output: a zero would say that there are no
    // entries.
    gauges.gauge("entries", "Entries of the table.", [&](const TableHealth& health) {
        return health.measures.is_known ? one(health.measures.entries) : Values();
    });
    gauges.gauge("expired_entries",
        "Entries whose certificate has expired; Postfix accepts them all the same.",
        [&](const TableHealth& health) {
            return health.measures.is_known ? one(health.measures.expired) : Values();
        });
    gauges.gauge("unknown_expiry_entries", "Entries of which it is not known when they expire.",
        [&](const TableHealth& health) {
            return health.measures.is_known ? one(health.measures.unknown_expiry) : Values();
        });
    gauges.gauge("soonest_expiry_timestamp_seconds", "When the next certificate expires.",
        [&](const TableHealth& health) {
            const auto expiry = health.measures.soonest_expiry;
            return expiry ? one(expiry->time_since_epoch().count()) : Values();
        });
    // Each severity has a line of its own, also one with 0, so that an alert can be about a change.
    gauges.gauge("findings", "What verify has found, by severity.", [&](const TableHealth& health) {
        Values values;
        for (const Severity severity : severities) {
            values.emplace_back(",severity=\"" + std::string(to_string(severity)) + '"',
                static_cast<long long>(count(health.findings, severity)));
        }
        return values;
    });
    gauges.gauge("map_current", "Whether the map says what its source says.",
        [&](const TableHealth& health) {
            const auto current = health.measures.map_is_current;
            return current ? one(*current ? 1 : 0) : Values();
        });
    gauges.gauge("sound", "Whether verify found nothing that counts.",
        [&](const TableHealth& health) { return one(health.is_sound ? 1 : 0); });
    gauges.gauge("verified_timestamp_seconds", "When verify looked.",
        [&](const TableHealth& health) { return one(health.now.time_since_epoch().count()); });
}

ExitStatus nagios_status(const TableHealth& health)
{
    // verify counts a warning of the configuration only with --strict; a monitoring plugin shows it
    // in any case.
    return has_error(health.findings)  ? ExitStatus::nagios_critical
        : has_problem(health.findings) ? ExitStatus::nagios_warning
                                       : ExitStatus::ok;
}

void write_nagios(std::ostream& out, const TableHealth& health)
{
    const ExitStatus status = nagios_status(health);
    const TableMeasures& measures = health.measures;
    // The text in front of '|' is for people; what stands behind is name=value;warn;crit;min for
    // graphs.
    out << "RELAYCTL "
        << (status == ExitStatus::ok                      ? "OK"
                   : status == ExitStatus::nagios_warning ? "WARNING"
                                                          : "CRITICAL")
        << " - " << one_line(escape(health.table)) << ": "
        << count_of(measures.entries, "entry", "entries") << ", "
        << problems_in_words(health.findings) << worst_of(health.findings);
    if (measures.soonest_expiry) {
        out << ", the next certificate expires in "
            << in_words(*measures.soonest_expiry - health.now);
    }
    if (measures.unknown_expiry > 0) {
        out << ", the expiry of " << count_of(measures.unknown_expiry, "entry", "entries")
            << " is not known";
    }
    out << " | entries=" << measures.entries
        << ";;;0 errors=" << count(health.findings, Severity::error)
        << ";;;0 warnings=" << count(health.findings, Severity::warning)
        << ";;;0 expired=" << measures.expired << ";;;0";
    out << " unknown_expiry=" << measures.unknown_expiry << ";;;0";
    if (measures.soonest_expiry) {
        out << " soonest_expiry=" << (*measures.soonest_expiry - health.now).count() << "s;;;0";
    }
    out << '\n';
}

void write_nagios_unknown(std::ostream& out, const std::string& reason)
{
    out << "RELAYCTL UNKNOWN - " << one_line(reason) << '\n';
}

} // namespace relayctl

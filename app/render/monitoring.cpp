#include "app/render/monitoring.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <array>
#include <ostream>

namespace relayctl {

namespace {

constexpr std::array severities = {Severity::error, Severity::warning, Severity::note};

// The value of a label: backslash, double quote and newline are escaped (Prometheus, "Exposition formats").
std::string label_value(const std::string& text)
{
    std::string value;
    for (const char c : text) {
        value += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
    }
    return '"' + value + '"';
}

class Gauges {
public:
    Gauges(std::ostream& out, const std::string& table) : out_(out), table_("table=" + label_value(table)) {}

    void begin(const std::string& name, const char* help)
    {
        name_ = "relayctl_" + name;
        out_ << "# HELP " << name_ << ' ' << help << "\n# TYPE " << name_ << " gauge\n";
    }
    void value(long long number, const std::string& labels = "") { out_ << name_ << '{' << table_ << labels << "} " << number << '\n'; }

private:
    std::ostream& out_;
    std::string table_;
    std::string name_;
};

std::string one_line(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '|'; }, ' ');
    return text;
}

// The worst ones first, as many as a line can hold.
std::string worst_of(const std::vector<Finding>& findings)
{
    std::vector<std::string> ids;
    for (const Severity severity : {Severity::error, Severity::warning}) {
        for (const Finding& finding : findings) {
            if (finding.severity == severity && std::find(ids.begin(), ids.end(), finding.id) == ids.end()) {
                ids.push_back(finding.id);
            }
        }
    }
    constexpr std::size_t most = 5;
    const bool are_more = ids.size() > most;
    ids.resize(std::min(ids.size(), most));
    return ids.empty() ? "" : " (" + join(ids, ", ") + (are_more ? ", ..." : "") + ')';
}

} // namespace

void write_prometheus(std::ostream& out, const Health& health)
{
    Gauges gauges(out, health.table);
    gauges.begin("entries", "Entries of the table.");
    gauges.value(static_cast<long long>(health.measures.entries));
    gauges.begin("expired_entries", "Entries whose certificate has expired; Postfix accepts them all the same.");
    gauges.value(static_cast<long long>(health.measures.expired));
    gauges.begin("unknown_expiry_entries", "Entries of which it is not known when they expire.");
    gauges.value(static_cast<long long>(health.measures.unknown_expiry));
    if (const auto expiry = health.measures.soonest_expiry) {
        gauges.begin("soonest_expiry_timestamp_seconds", "When the next certificate expires.");
        gauges.value(expiry->time_since_epoch().count());
    }
    gauges.begin("findings", "What verify has found, by severity.");
    for (const Severity severity : severities) {
        gauges.value(static_cast<long long>(count(health.findings, severity)), ",severity=\"" + std::string(to_string(severity)) + '"');
    }
    if (const auto current = health.measures.map_is_current) {
        gauges.begin("map_current", "Whether the map says what its source says.");
        gauges.value(*current ? 1 : 0);
    }
    gauges.begin("sound", "Whether verify found nothing that counts.");
    gauges.value(health.is_sound ? 1 : 0);
    gauges.begin("verified_timestamp_seconds", "When verify looked.");
    gauges.value(health.now.time_since_epoch().count());
}

ExitStatus nagios_status(const Health& health)
{
    return has_error(health.findings) ? ExitStatus::nagios_critical : has_problem(health.findings) ? ExitStatus::nagios_warning : ExitStatus::ok;
}

void write_nagios(std::ostream& out, const Health& health)
{
    const ExitStatus status = nagios_status(health);
    const Measures& measures = health.measures;
    out << "RELAYCTL " << (status == ExitStatus::ok ? "OK" : status == ExitStatus::nagios_warning ? "WARNING" : "CRITICAL") << " - "
        << one_line(escape(health.table)) << ": " << count_of(measures.entries, "entry", "entries") << ", " << problems_in_words(health.findings)
        << worst_of(health.findings);
    if (measures.soonest_expiry) {
        out << ", the next certificate expires in " << in_words(*measures.soonest_expiry - health.now);
    }
    if (measures.unknown_expiry > 0) {
        out << ", the expiry of " << count_of(measures.unknown_expiry, "entry", "entries")
            << " is not known";
    }
    out << " | entries=" << measures.entries << ";;;0 errors=" << count(health.findings, Severity::error) << ";;;0 warnings="
        << count(health.findings, Severity::warning) << ";;;0 expired=" << measures.expired << ";;;0";
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

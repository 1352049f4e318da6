#include "app/render/text.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <ostream>
#include <string>

namespace relayctl {

void write_list(Context& context, const Document& document, const std::vector<const Entry*>& entries)
{
    std::ostream& out = context.out();
    if (!context.for_people()) {
        for (const Entry* entry : entries) {
            out << escape(document.key(*entry)) << '\t' << escape(document.value(*entry)) << '\n';
        }
        return;
    }
    std::size_t width = 4;
    for (const Entry* entry : entries) {
        width = std::max(width, escape(document.value(*entry)).size());
    }
    width = std::min<std::size_t>(width, 40);
    const auto row = [&](std::string host, const std::string& fingerprint) {
        host.resize(std::max(host.size(), width), ' ');
        out << host << "  " << fingerprint << '\n';
    };
    const bool colored = context.colored_output();
    out << (colored ? "\033[1m" : "");
    row("HOST", std::string("FINGERPRINT") + (colored ? "\033[0m" : ""));
    for (const Entry* entry : entries) {
        row(escape(document.value(*entry)), escape(document.key(*entry)));
    }
}

namespace {

std::string_view color_of(Severity severity)
{
    switch (severity) {
    case Severity::note: return "\033[36m";
    case Severity::warning: return "\033[1;33m";
    case Severity::error: return "\033[1;31m";
    }
    return {};
}

std::string place_of(const Finding& finding)
{
    std::string place = escape(finding.file);
    if (finding.line != 0) {
        place += ':' + std::to_string(finding.line);
        if (finding.column != 0) {
            place += ':' + std::to_string(finding.column);
        }
    }
    return place;
}

} // namespace

void write_findings(Context& context, const std::vector<Finding>& findings)
{
    std::ostream& out = context.out();
    const bool colored = context.colored_output();
    for (const Finding& finding : findings) {
        if (context.options.plain) {
            out << to_string(finding.severity) << '\t' << finding.id << '\t' << escape(finding.file) << '\t' << finding.line << '\t'
                << finding.column << '\t' << finding.message << '\t' << finding.hint << '\n';
            continue;
        }
        out << place_of(finding) << ": " << (colored ? color_of(finding.severity) : "") << to_string(finding.severity)
            << (colored ? "\033[0m" : "") << ": " << finding.message << " [" << finding.id << "]\n";
        if (!finding.hint.empty()) {
            out << "    hint: " << finding.hint << '\n';
        }
    }
}

} // namespace relayctl

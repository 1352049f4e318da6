#include "core/audit/finding.hpp"

#include <algorithm>

namespace relayctl {

std::string_view to_string(Severity severity) noexcept
{
    switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
    }
    return {};
}

bool has_error(const std::vector<Finding>& findings) noexcept
{
    return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::error; });
}

bool has_problem(const std::vector<Finding>& findings) noexcept
{
    return std::any_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity != Severity::note; });
}

} // namespace relayctl

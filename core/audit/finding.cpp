#include "core/audit/finding.hpp"

#include "core/base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relayctl {

std::string_view to_string(Severity severity) noexcept
{
    switch (severity) {
    case Severity::note:
        return "note";
    case Severity::warning:
        return "warning";
    case Severity::error:
        return "error";
    }
    return {};
}

void append(std::vector<Finding>& findings, std::vector<Finding> more)
{
    std::move(more.begin(), more.end(), std::back_inserter(findings));
}

bool has_error(const std::vector<Finding>& findings) noexcept
{
    return std::any_of(findings.begin(), findings.end(),
        [](const Finding& f) { return f.severity == Severity::error; });
}

bool has_problem(const std::vector<Finding>& findings) noexcept
{
    return std::any_of(findings.begin(), findings.end(),
        [](const Finding& f) { return f.severity != Severity::note; });
}

std::size_t count(const std::vector<Finding>& findings, Severity severity) noexcept
{
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(),
        [&](const Finding& f) { return f.severity == severity; }));
}

std::string problems_in_words(const std::vector<Finding>& findings)
{
    return count_of(count(findings, Severity::error), "error", "errors") + ", "
        + count_of(count(findings, Severity::warning), "warning", "warnings");
}

} // namespace relayctl

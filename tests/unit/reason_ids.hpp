// The ids of the reasons of an answer.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

// verdict: anything with findings as its reasons.
template <typename Verdict> std::vector<std::string> ids_of(const Verdict& verdict)
{
    std::vector<std::string> ids;
    std::transform(verdict.reasons.begin(), verdict.reasons.end(), std::back_inserter(ids),
        [](const auto& found) { return found.id; });
    return ids;
}

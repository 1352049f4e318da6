// Answers that are yes, no, or not known.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>

namespace relayctl {

// Returns one answer for all: `decisive` if one of them is that, else no value if one of them is
// not known, else the opposite. answer_of: gives the std::optional<bool> of an element.
template <typename Range, typename AnswerOf>
std::optional<bool> joined(const Range& range, bool decisive, AnswerOf answer_of)
{
    const auto any = [&](std::optional<bool> answer) {
        return std::any_of(range.begin(), range.end(),
            [&](const auto& one) { return std::invoke(answer_of, one) == answer; });
    };
    return any(decisive)    ? std::optional(decisive)
        : any(std::nullopt) ? std::nullopt
                            : std::optional(!decisive);
}

} // namespace relayctl

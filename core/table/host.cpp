#include "core/table/host.hpp"

#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Returns the place of a character for a message, counted from 1.
std::string at_column(std::size_t index)
{
    return " (column " + std::to_string(index + 1) + ")";
}

// Returns what is wrong with one label of a name (RFC 1123 section 2.1). column: where it begins,
// from 0.
std::optional<std::string> problem_with_dns_label(std::string_view label, std::size_t column)
{
    if (label.empty()) {
        return "has an empty label" + at_column(column);
    }
    if (label.size() > 63) {
        return "has a label of more than 63 characters" + at_column(column);
    }
    static constexpr auto is_usual
        = detail::by_byte([](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
    const auto bad = std::find_if_not(
        label.begin(), label.end(), [](char c) { return is_usual[static_cast<unsigned char>(c)]; });
    if (bad != label.end()) {
        const auto index = static_cast<std::size_t>(bad - label.begin());
        const std::size_t length = std::max<std::size_t>(utf8_length(label.substr(index)), 1);
        return "has " + quote(label.substr(index, length)) + " in it" + at_column(column + index);
    }
    if (label.front() == '-' || label.back() == '-') {
        return "has a label that begins or ends with '-'" + at_column(column);
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> problem_with_host(std::string_view host)
{
    if (host.empty()) {
        return "is empty";
    }
    // An address ends in a digit or has a colon: asking for that first saves a copy of the text.
    const bool may_be_address = is_digit(host.back()) || host.find(':') != std::string_view::npos;
    if (may_be_address && host.front() != '[' && host.find('\0') == std::string_view::npos
        && is_address(std::string(host))) {
        return std::nullopt;
    }
    // RFC 1035 allows 255 bytes with the length of each label and the root, which are 253
    // characters of text.
    if (host.size() > 253) {
        return "is longer than 253 characters";
    }
    std::size_t begin = 0;
    std::string_view label;
    // A dot at the end gives an empty last label, which is an error.
    while (begin <= host.size()) {
        const std::size_t end = std::min(host.find('.', begin), host.size());
        label = host.substr(begin, end - begin);
        if (auto problem = problem_with_dns_label(label, begin)) {
            return problem;
        }
        begin = end + 1;
    }
    // RFC 1123 section 2.1: the last label is alphabetic.
    if (std::all_of(label.begin(), label.end(), is_digit)) {
        return "is a number, but no IP address";
    }
    return std::nullopt;
}

std::optional<std::string> problem_with_label(std::string_view label)
{
    if (label.empty()) {
        return "is empty";
    }
    if (!is_utf8(label)) {
        return "is not UTF-8, postmap would ignore its line";
    }
    // postmap trims blanks and reads lines, so a control character would not come out as it went
    // in.
    const auto control = std::find_if(label.begin(), label.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control != label.end()) {
        return "has a control character in it"
            + at_column(static_cast<std::size_t>(control - label.begin()));
    }
    if (label.front() == ' ' || label.back() == ' ') {
        return "begins or ends with a blank";
    }
    return std::nullopt;
}

} // namespace relayctl

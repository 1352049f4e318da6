#include "core/inspect/table_facts.hpp"

#include "core/base/text.hpp"

namespace relayctl {

std::string_view inside_braces(std::string_view text)
{
    text = trim(text);
    return text.size() >= 2 && text.front() == '{' && text.back() == '}'
        ? trim(text.substr(1, text.size() - 2))
        : text;
}

namespace {

// Returns "cert" or "key" for the two words that smtpd looks up, and any other word as it is.
std::string_view kind_of_search(std::string_view word)
{
    return equal_ignoring_case(word, "cert_fingerprint")  ? "cert"
        : equal_ignoring_case(word, "pubkey_fingerprint") ? "key"
                                                          : word;
}

} // namespace

AccessTableFacts parse_access_argument(const std::string& argument)
{
    AccessTableFacts access;
    // This is the order without a search_order.
    access.search_order = { "cert", "key" };
    const bool braced = !argument.empty() && argument.front() == '{';
    const auto words
        = braced ? split_list(inside_braces(argument)) : std::vector<std::string>{ argument };
    // Without a type smtpd cannot open the table, whatever follows.
    if (words.empty() || words.front().find(':') == std::string::npos) {
        access.malformed = true;
        return access;
    }
    access.table.name = words.front();
    // Attributes may be in braces of their own, and have blanks around their '='.
    std::string attributes;
    for (std::size_t i = 1; i < words.size(); ++i) {
        attributes += (i > 1 ? " " : "") + std::string(inside_braces(words[i]));
    }
    if (attributes.empty()) {
        return access;
    }
    const std::size_t equals = attributes.find('=');
    if (equals == std::string::npos
        || !equal_ignoring_case(trim(attributes.substr(0, equals)), "search_order")) {
        access.malformed = true;
        return access;
    }
    access.search_order.clear();
    for (const std::string& word : split_list(attributes.substr(equals + 1))) {
        access.search_order.emplace_back(kind_of_search(word));
        const std::string& kind = access.search_order.back();
        // The parser takes these two as well, but no lookup does: smtpd answers 451 (smtpd_check.c,
        // check_ccert_access()).
        const bool known = kind == "cert" || kind == "key" || equal_ignoring_case(kind, "issuer_cn")
            || equal_ignoring_case(kind, "subject_cn");
        access.malformed = access.malformed || !known;
    }
    return access;
}

} // namespace relayctl

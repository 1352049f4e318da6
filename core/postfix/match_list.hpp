// The lists of patterns with which Postfix asks "is it one of these": mynetworks, relay_domains,
// mydestination and their like.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One pattern: an address, a network, a domain, or a table that is asked.
struct MatchPattern {
    bool negated = false; // "!" stands in front
    bool is_table = false;
    std::string text;

    bool operator==(const MatchPattern&) const = default;
};

// The content of a file that a list names; no value where it cannot be read.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

// The type of the table that stands for a list's file which cannot be read.
inline constexpr const char* unreadable_list_file = "nofile";

// A file ("/path") is replaced with the patterns in it, which "!" in front of it negates one by
// one. A file that cannot be read becomes the table "nofile:/path", which no lookup can answer.
// Fact: match_list_parse() in match_list.c.
std::vector<MatchPattern> parse_match_list(std::string_view text, const FileReader& read);

// Which patterns a list understands, and how.
struct MatchRules {
    bool addresses = false; // namadr_list(3), not only domain names
    bool below_domains = false; // a domain stands for the domains below it, too: domain_list(3),
                                // not string_list(3)
    bool without_dot = false; // it does so without a dot in front: parent_domain_matches_subdomains
                              // names the list
};

// Who is looked for.
struct MatchSubject {
    std::optional<std::string> name; // a domain or a host; no value: it is not known
    std::string address; // empty for a domain
};

// For each key whether the table has it; no value where the table cannot be asked.
using ListTableLookup = std::function<std::optional<std::vector<bool>>(
    const std::string& table, const std::vector<std::string>& keys)>;

// Whether a list takes a subject in.
struct Taken {
    std::optional<bool> answer; // no value: it cannot be told
    std::string stopped_at; // the pattern that smtpd cannot read or that cannot be asked, where the
                            // search surely comes to it; else empty
};

// For each subject whether the list takes it in. Each table is asked once. The first pattern that
// matches decides. Facts: match_list_match(), match_hostname() and match_hostaddr() in match_list.c
// and match_ops.c.
std::vector<Taken> match_all(const std::vector<MatchPattern>& patterns,
    const std::vector<MatchSubject>& subjects, const MatchRules& rules,
    const ListTableLookup& look_up);

// A domain and those above it, as tables are asked for them: "a.b.c", ".b.c", ".c"; without_dot:
// "a.b.c", "b.c", "c".
std::vector<std::string> domain_keys(const std::string& domain, bool without_dot);

// Whether a table of this type compares its key with patterns, so that it is not asked for parts of
// names and addresses.
bool has_patterns(std::string_view table);

} // namespace relayctl

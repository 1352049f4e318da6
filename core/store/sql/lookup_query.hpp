// The query of a database table's file, as Postfix asks it, with the key as a parameter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relayctl {

// The letters behind a '%' that stand for the whole key, if it has no '@'.
inline constexpr std::string_view key_letters = "sSuU";

// What is wrong with a query before anybody runs it. Facts: db_common_parse() and
// db_common_expand() in db_common.c. For a key without '@', as every fingerprint is, %s, %S, %u and
// %U are the key, and a query with %d, %D or %1 to %9 is never sent.
enum class QueryFault : std::uint8_t {
    none,
    missing, // neither query nor table, select_field and where_field: fatal
    no_key, // it does not have the key in it: every client gets the same answer
    suppressed, // %d, %D, %1 to %9
    malformed, // another % than that: fatal
    unquoted, // a %s outside of single quotes: no SQL once a fingerprint is put in
};

// A query that can be sent, or what keeps Postfix from sending it.
struct LookupQuery {
    QueryFault fault = QueryFault::none;
    std::string place; // of the fault: "%d"
    std::string sql; // with $1 for the key; empty where there is a fault
};

// Returns the fault as "'%s' is not in single quotes"; "" if there is none.
std::string fault_in_words(const LookupQuery& query);

// Puts the parameter $1 in the places of the key. Throws nothing but std::bad_alloc.
LookupQuery bind_query(const std::string& query);

} // namespace relayctl

// What the tables that a service asks say of a client.
#pragma once

#include "core/inspect/berkeley_facts.hpp"
#include "core/table/document.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relayctl {

// How the lookup of one key in a table ended.
enum class LookupStatus : std::uint8_t {
    missing,
    found,
    fails, // smtpd cannot open or read the table, and answers 451
    unseen, // this user, or a process on this side of the chroot, cannot ask the table
};

// One table, and what it says to each of the client's fingerprints.
struct TableFacts {
    std::string name; // TYPE:PATH as it is configured
    std::string problem; // why the lookups fail, or why they cannot be seen
    // In the order of Client::fingerprints(); empty if nothing was looked up.
    std::vector<LookupStatus> answers;
    std::vector<std::string> values; // in the same order, what was found
    std::string source_path; // of a text table: its file; of a database: its pgsql_table(5) file
    // The text of the table, or of a database the rows that have to do with the client. Null if
    // there is none, or if this user may not read it.
    std::shared_ptr<const Document> source;
    bool is_database = false;
    bool is_sized_by_parameter = false; // Postfix opens an lmdb map, made as lmdb_map_size says
    bool map_is_missing = false; // the file that postmap makes is not there
    bool lists_anybody = false; // it finds a fingerprint that nobody has
    bool is_hidden_from_proxy = false; // proxymap runs as a user who cannot read the file
    std::string closed_directory; // the one that keeps him from it; empty if the file itself does
    // proxymap refuses it. smtpd ends with a fatal error; from 3.11 on it answers 451.
    bool is_forbidden = false;
    // proxymap compares the keys as they are written, so that it does not find what smtpd itself
    // would find.
    bool is_unfolded = false;
    // Has no value if it has nothing to do with Berkeley DB.
    std::optional<BerkeleyFacts> berkeley;
};

// A check_ccert_access with its argument. The argument may have a search_order since 3.5
// (RELEASE_NOTES-3.5); without one smtpd asks for the certificate, then for the key.
struct AccessTableFacts {
    TableFacts table;
    std::vector<std::string> search_order; // "cert", "key", or a word that smtpd does not know
    bool malformed = false;
};

// What the table of a check_..._access says of the client.
struct AccessResult {
    bool malformed = false; // smtpd does not understand the argument, and answers everyone 451
    bool fails = false; // smtpd answers 451 to whoever presents a certificate
    bool unknown = false; // it cannot be seen from here, or it differs from client to client
    std::vector<std::string> values; // one for each key that was found, in the order of lookups
};

// What a table of check_client_access, check_helo_access, check_sender_access or
// check_recipient_access says.
struct ClaimTableFacts {
    AccessResult answer; // what it says to every client; unknown if that differs or cannot be told
    // If answer is unknown: (key, value) of what it says to strangers who claim the right thing, as
    // far as the keys that they may claim were looked up.
    std::vector<std::pair<std::string, std::string>> on_claim;
    // If answer is unknown, and a client may claim whatever it likes: for each different value in
    // the table one key that has it. Null if the table cannot be read from end to end.
    std::shared_ptr<const std::map<std::string, std::string>> key_by_value;
};

// Returns what stands between the braces around a text, without the blanks there; a text without
// braces as it is. Fact: extpar() with EXTPAR_FLAG_STRIP in extpar.c.
std::string_view inside_braces(std::string_view text);

// Reads the argument of check_ccert_access: "type:table" or
// "{ type:table, { search_order = ... } }". The table is not looked up. Fact: map_search.c.
AccessTableFacts parse_access_argument(const std::string& argument);

} // namespace relayctl

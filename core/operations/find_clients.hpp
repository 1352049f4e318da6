// Finds the clients that somebody names by any word: a file, a listed host, a fingerprint or its
// beginning.
#pragma once

#include "core/operations/checked_client.hpp"
#include "core/store/store.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// How the words are looked up in the tables. Both are called only if a word can be more than a
// file.
struct ListedTables {
    std::function<std::vector<TableName>()> names; // each once
    std::function<Store&(const TableName&)> open; // errors: those of open_store()
};

struct FoundClients {
    std::vector<CheckedClient> clients; // in the order of the words
    std::vector<std::string> notes; // sentences about what a word could have meant as well
};

// A word with a slash, or "-", is a file. Any other word is a host if a table lists it, else a
// fingerprint or the beginning of a listed one (six hexadecimal digits or more, with or without
// colons), else a file of this name, else a pattern of listed hosts. A host has a client for each
// different fingerprint. Errors: those of load_certificates() and require_one_fingerprint();
// ErrorKind::refused if a word is none of all this, with similar hosts, or begins several
// fingerprints; ErrorKind::input if a host is listed without any fingerprint.
FoundClients find_clients(const std::vector<std::string>& words, const ListedTables& tables);

// An entry by its fingerprint.
struct ListedFingerprint {
    Fingerprint fingerprint;
    std::string host;
};

// Returns the entry whose fingerprint is the word, or begins with it if the word is six hexadecimal
// digits or more. Has no value if it is no such beginning, none is listed, or a listed host has
// that name. Errors: ErrorKind::refused if several begin with it.
std::optional<ListedFingerprint> listed_fingerprint(
    const std::string& word, const ListedTables& tables);

// Returns the listed hosts that are most like the word, the nearest first; at most three.
std::vector<std::string> similar_hosts(const std::string& word, const ListedTables& tables);

} // namespace relayctl

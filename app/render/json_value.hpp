// What the JSON outputs have in common. Only the files json_*.cpp include this header, because it
// brings in all of nlohmann/json.
#pragma once

#include "core/base/time.hpp"
#include "core/table/entry_view.hpp"
#include "core/x509/client_fingerprints.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

using Json = nlohmann::ordered_json; // keys stay in the order in which they are given

// indent: the blanks of each level; -1 gives one line. Bytes that are not UTF-8 become U+FFFD,
// since a table can hold anything and JSON cannot. Every other character that is not ASCII is
// written as \uXXXX: it may be a control character that a terminal obeys (U+009B).
std::string text_of(const Json& json, int indent);

// One output: a document with an indent of 2, and a newline.
void write_json(std::ostream& out, const Json& json);

// Each returns null for what is not known: an empty text, a time or answer without a value, line 0.
Json or_null(const std::string& text);
Json or_null(const std::optional<Time>& time);
Json or_null(std::optional<bool> answer);
Json line_or_null(std::uint32_t line);

// Returns the fingerprint of this kind, "cert" or "key"; null if nobody knows it.
Json fingerprint_or_null(const std::vector<ClientFingerprint>& known, std::string_view kind);

// Returns an entry with its annotation, each field of it null if it is not known.
Json json_of(const EntryView& entry);

} // namespace relayctl

// PEM blocks in whatever text people have them: with indentation, in JSON, YAML or a mail, on one
// line, with the line ends of any system.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// What stands between "-----BEGIN LABEL-----" and "-----END LABEL-----".
struct PemBlock {
    std::string label; // "CERTIFICATE"
    std::string headers; // RFC 1421: lines "Name: value", each with its newline; mostly empty
    std::vector<std::uint8_t> der; // what its base64 says; empty if that is damaged
    std::string problem; // what is wrong with the block: "is cut off"; empty if nothing is

    // Returns the block as OpenSSL reads it.
    std::string text() const;
};

// Returns all blocks of a text, in their order. Of a block only base64 counts: white space, line
// ends that are written as \n, quotes, and the marks of quoted lines are passed over. A beginning
// without an end counts only if it stands at the beginning of a line, since prose may name it.
std::vector<PemBlock> pem_blocks(std::string_view text);

} // namespace relayctl

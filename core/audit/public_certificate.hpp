// Certificates of public CAs as those of clients: they are renewed every few weeks, and their CAs
// stop issuing them for clients.
#pragma once

#include "core/table/annotation.hpp"
#include "core/x509/certificate.hpp"

#include <optional>
#include <string>

namespace relayctl {

// Notes in an annotation that the certificate is of a public CA, as verify has nothing else to know
// it by: "public=45d", or "public=45d,server" if it is not for clients. Takes the word away if the
// certificate lasts (100 days or more, and for clients), or is of no public CA.
void note_public(Annotation& annotation, const Certificate& certificate);

// Takes the word away, as for an entry of a key.
void forget_public(Annotation& annotation);

// Returns what the annotation says of that: "the certificate is of a public CA and valid for 45
// days only, ...". No value if it says nothing.
std::optional<std::string> public_in_words(const Annotation& annotation);

// Returns what lasts longer, as a sentence.
std::string what_lasts();

} // namespace relayctl

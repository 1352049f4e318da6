// Any text as a fingerprint: what is read is written back as Postfix has it, and the strict reading
// agrees with the kind one.
#include "core/x509/fingerprint.hpp"

#include "core/base/error.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace relayctl;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = text_of(data, size);
    const auto strict = Fingerprint::from_key(text);
    const auto kind = Fingerprint::from_any(text);
    if (strict) {
        require(
            strict->size() <= Fingerprint::max_size && strict->to_string().size() == text.size());
        require(Fingerprint::from_key(strict->to_string()) == strict);
    }
    if (kind) {
        require(Fingerprint::from_key(kind->to_string()) == kind
            && Fingerprint::from_any(kind->to_string()) == kind);
        require(!strict || *strict == *kind);
    }
    try {
        require(Fingerprint::parse(text) == kind);
    } catch (const Error&) {
        require(!kind);
    }
    return 0;
}

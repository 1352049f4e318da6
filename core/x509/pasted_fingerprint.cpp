// A fingerprint is found by its digits and by what joins them. The words in front of it only tell
// whether it is that of a key.
#include "core/x509/pasted_fingerprint.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/escaped_text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

namespace {

// Returns true for a character that continues a word: a fingerprint is no part of a longer word, as
// "d41d8cd98f00b204e9800998ecf8427e.example.com" is a host.
bool is_word(char c)
{
    return is_alpha(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

// Returns how many hexadecimal digits stand at this position.
std::size_t digits_at(std::string_view text, std::size_t at)
{
    std::size_t end = at;
    while (end < text.size() && hex_value(text[end]) >= 0) {
        ++end;
    }
    return end - at;
}

// What joins two groups of digits: ':', '-' or ',', with or without blanks around it, or blanks
// alone.
struct Joint {
    char kind = ' '; // ':', '-', ',' or ' '
    std::size_t length = 0; // 0 if nothing joins them
};

// Returns what joins the digits before this place to those behind it.
Joint joint_at(std::string_view text, std::size_t at)
{
    Joint joint;
    for (std::size_t i = at; i < text.size(); ++i) {
        const bool is_mark = text[i] == ':' || text[i] == '-' || text[i] == ',';
        if (!is_blank(text[i]) && (!is_mark || joint.kind != ' ')) {
            break;
        }
        joint.kind = is_mark ? text[i] : joint.kind;
        ++joint.length;
    }
    return joint;
}

// Returns where the fingerprint ends that begins here. Has no value if none begins here.
std::optional<std::size_t> end_of_fingerprint(std::string_view text, std::size_t begin)
{
    // Groups may have more than one pair, as in "80743F3A 8BCC...", but never half a pair.
    const std::size_t first = digits_at(text, begin);
    if (first == 0 || first % 2 != 0) {
        return std::nullopt;
    }
    std::size_t bytes = first / 2;
    std::size_t end = begin + first;
    char kind = '\0'; // of the joints so far
    while (true) {
        const Joint joint = joint_at(text, end);
        const std::size_t group = digits_at(text, end + joint.length);
        const std::size_t group_end = end + joint.length + group;
        const bool goes_on = joint.length > 0 && group > 0 && group % 2 == 0
            && (kind == '\0' || kind == joint.kind)
            && (group_end == text.size() || !is_word(text[group_end]) || text[group_end] == '-');
        // A group behind blanks that is as long as a fingerprint is another fingerprint.
        const bool is_another = (joint.kind == ' ' || joint.kind == ',')
            && (first / 2 >= Fingerprint::min_size || group / 2 >= Fingerprint::min_size);
        if (!goes_on || is_another) {
            break;
        }
        kind = joint.kind;
        bytes += group / 2;
        end = group_end;
        if (bytes > Fingerprint::max_size) {
            return std::nullopt;
        }
    }
    const bool ends_here = end == text.size() || !is_word(text[end]);
    return ends_here && bytes >= Fingerprint::min_size ? std::optional(end) : std::nullopt;
}

} // namespace

std::optional<PastedFingerprint> find_fingerprint(std::string_view text, std::size_t from) noexcept
{
    for (std::size_t at = from; at < text.size(); ++at) {
        if (hex_value(text[at]) < 0 || (at > 0 && is_word(text[at - 1]))) {
            continue;
        }
        if (const auto end = end_of_fingerprint(text, at)) {
            return PastedFingerprint{ at, *end };
        }
    }
    return std::nullopt;
}

namespace {

// A fingerprint with what the words in front of it say of it.
struct LabelledFingerprint {
    PastedFingerprint place;
    bool is_of_key;
};

// Returns all fingerprints of the text, each with what the words before it say of its kind.
std::vector<LabelledFingerprint> all_in(std::string_view text)
{
    std::vector<LabelledFingerprint> found;
    std::size_t from = 0;
    while (const auto place = find_fingerprint(text, from)) {
        const std::string label = to_lower(text.substr(from, place->begin - from));
        const bool is_of_key = label.find("pkey") != std::string::npos
            || label.find("key fingerprint") != std::string::npos
            || label.find("public key") != std::string::npos;
        found.push_back({ *place, is_of_key });
        from = place->end;
    }
    return found;
}

} // namespace

bool has_several_fingerprints(std::string_view given)
{
    const std::string text = with_plain_characters(given);
    const auto first = find_fingerprint(text, 0);
    return first && find_fingerprint(text, first->end);
}

void require_one_fingerprint(std::string_view given)
{
    const std::string copy = with_plain_characters(given);
    const std::string_view text = copy;
    if (!has_several_fingerprints(text)) {
        return;
    }
    std::vector<LabelledFingerprint> all = all_in(text);
    // The name of the client may have anything in it, also fingerprints, so only the last two are
    // smtpd's own (tls_server.c, tls_server_post_accept()).
    if (text.find("subject_CN=") != std::string_view::npos) {
        all.erase(all.begin(), all.end() - 2);
    }
    std::vector<Hint> hints;
    for (const LabelledFingerprint& named : all) {
        const std::string_view digits
            = text.substr(named.place.begin, named.place.end - named.place.begin);
        // The hint shows the form in which the table has it, so that it can be pasted as it stands.
        const std::string canonical = Fingerprint::parse(digits).to_string();
        hints.push_back((named.is_of_key ? "that of a key, which add lists with --key: "
                                         : "that of a certificate: ")
            + canonical);
    }
    throw Error(ErrorKind::input,
        "fingerprint " + quote(text, 100) + ": has " + std::to_string(all.size())
            + " fingerprints in it, and only one can be meant",
        std::move(hints));
}

} // namespace relayctl

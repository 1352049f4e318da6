#include "core/audit/public_certificate.hpp"

#include "core/base/text.hpp"
#include "core/x509/public_issue.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// Public CAs issue for 100 days at most from March 2027 on, and Let's Encrypt for 45 already.
constexpr std::chrono::days short_life(100);
constexpr std::string_view word = "public=";
constexpr std::string_view not_for_clients = ",server";

} // namespace

void forget_public(Annotation& annotation)
{
    std::erase_if(
        annotation.others, [](const std::string& other) { return other.starts_with(word); });
}

void note_public(Annotation& annotation, const Certificate& certificate)
{
    forget_public(annotation);
    const PublicIssue issue = public_issue_of(certificate);
    if (!issue.is_public || !certificate.not_before || !certificate.not_after) {
        return;
    }
    const auto life
        = std::chrono::round<std::chrono::days>(*certificate.not_after - *certificate.not_before);
    if (life >= short_life && issue.is_for_clients) {
        return;
    }
    annotation.others.push_back(std::string(word) + std::to_string(life.count()) + 'd'
        + std::string(issue.is_for_clients ? "" : not_for_clients));
}

std::optional<std::string> public_in_words(const Annotation& annotation)
{
    const auto found = std::find_if(annotation.others.begin(), annotation.others.end(),
        [](const std::string& other) { return other.starts_with(word); });
    if (found == annotation.others.end()) {
        return std::nullopt;
    }
    std::string_view said = std::string_view(*found).substr(word.size());
    const bool is_for_clients = !said.ends_with(not_for_clients);
    said.remove_suffix(is_for_clients ? 0 : not_for_clients.size());
    const auto life = parse_duration(said);
    if (!life) {
        return std::nullopt; // somebody has written it by hand
    }
    const auto days = std::chrono::duration_cast<std::chrono::days>(*life);
    return "the certificate is of a public CA"
        + (days < short_life ? " and valid for "
                    + count_of(static_cast<std::size_t>(days.count()), "day", "days")
                    + " only, so it has to be listed anew as often"
                             : std::string())
        + (is_for_clients ? ""
                          : (days < short_life ? "; " : ", which ")
                    + std::string("issued it for servers alone (no clientAuth): Postfix relays for "
                                  "it, but some programs do not send it"));
}

std::string what_lasts()
{
    return "what lasts: the key instead, if it is the same after a renewal (add --key; certbot "
           "has --reuse-key), or a certificate of its own (relayctl issue)";
}

} // namespace relayctl

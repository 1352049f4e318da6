#include "core/audit/validity_in_words.hpp"

namespace relayctl {

namespace {

constexpr const char* ignored_by_postfix = "; Postfix does not look at that";

} // namespace

std::string expired_in_words(Time not_after)
{
    return "the certificate expired on " + to_date(not_after) + ignored_by_postfix;
}

std::string not_yet_valid_in_words(Time not_before)
{
    return "the certificate is not valid before " + to_date(not_before) + ignored_by_postfix;
}

} // namespace relayctl

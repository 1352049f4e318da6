#include "core/x509/public_issue.hpp"

#include "core/x509/openssl.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <string_view>

namespace relayctl {

namespace {

using openssl::Ptr;

bool is_public(const X509* certificate)
{
    if (X509_get_ext_by_NID(certificate, NID_ct_precert_scts, -1) >= 0) {
        return true;
    }
    const Ptr<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free> policies(
        static_cast<CERTIFICATEPOLICIES*>(
            X509_get_ext_d2i(certificate, NID_certificate_policies, nullptr, nullptr)));
    for (int i = 0; policies && i < sk_POLICYINFO_num(policies.get()); ++i) {
        std::array<char, 64> text{};
        OBJ_obj2txt(text.data(), static_cast<int>(text.size()),
            sk_POLICYINFO_value(policies.get(), i)->policyid, 1);
        const std::string_view policy = text.data();
        if (policy == "2.23.140.1.1" || policy.starts_with("2.23.140.1.2.")) {
            return true;
        }
    }
    return false;
}

} // namespace

PublicIssue public_issue_of(const Certificate& certificate)
{
    const auto x509 = openssl::decode_certificate(certificate.der);
    PublicIssue issue;
    if (x509) {
        issue.is_public = is_public(x509.get());
        const std::uint32_t uses = X509_get_extended_key_usage(x509.get()); // all if there are none
        issue.is_for_clients = (uses & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
    }
    openssl::clear_errors();
    return issue;
}

} // namespace relayctl

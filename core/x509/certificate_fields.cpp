// The facts of a certificate, taken from OpenSSL's objects.
#include "core/x509/openssl.hpp"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

namespace relayctl::openssl {

namespace {

// Returns the text in UTF-8, whatever type of string it is; empty if OpenSSL cannot convert it.
std::string to_utf8(const ASN1_STRING* value)
{
    unsigned char* out = nullptr;
    const int size = ASN1_STRING_to_UTF8(&out, value);
    const Ptr<unsigned char, free_bytes> owner(out);
    return size > 0 ? std::string(reinterpret_cast<char*>(out), static_cast<std::size_t>(size))
                    : std::string();
}

// Returns all common names of a subject, in their order.
std::vector<std::string> common_names_of(const X509_NAME* name)
{
    std::vector<std::string> names;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(name, NID_commonName, i)) >= 0;) {
        names.push_back(to_utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))));
    }
    return names;
}

// Returns the DNS names of the subjectAltName extension; other kinds of names are left out.
std::vector<std::string> dns_names_of(const X509* certificate)
{
    std::vector<std::string> names;
    const Ptr<GENERAL_NAMES, GENERAL_NAMES_free> all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        int type = 0;
        const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
        if (type == GEN_DNS) {
            names.push_back(to_utf8(static_cast<const ASN1_STRING*>(value)));
        }
    }
    return names;
}

// Returns the time; no value if it is malformed or out of the range that we can write.
std::optional<Time> time_of(const ASN1_TIME* time)
{
    struct tm parts { };
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
        return std::nullopt;
    }
    using namespace std::chrono;
    const auto date = year{ parts.tm_year + 1900 }
        / month{ static_cast<unsigned>(parts.tm_mon + 1) }
        / day{ static_cast<unsigned>(parts.tm_mday) };
    const Time read = sys_days{ date } + hours{ parts.tm_hour } + minutes{ parts.tm_min }
        + seconds{ parts.tm_sec };
    return date.ok() ? time_of_seconds(read.time_since_epoch().count()) : std::nullopt;
}

// Returns the serial number in capital hexadecimal digits.
std::string serial_of(const X509* certificate)
{
    const Ptr<BIGNUM, BN_free> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    const Ptr<char, free_bytes> text(number ? BN_bn2hex(number.get()) : nullptr);
    return text ? text.get() : "";
}

// Returns true if the certificate is meant to issue others. CA:TRUE alone does not say so: a
// client's self-signed certificate has it too, because "openssl req -x509" sets it. It counts only
// together with the key usage keyCertSign, or if somebody else issued the certificate.
bool is_authority(X509* x509)
{
    constexpr int basic_constraints_say_so = 1; // a result of X509_check_ca(3)
    const std::uint32_t flags = X509_get_extension_flags(x509);
    return X509_check_ca(x509) == basic_constraints_say_so
        && ((flags & EXFLAG_KUSAGE) != 0 || (flags & EXFLAG_SI) == 0);
}

} // namespace

std::string name_text(const X509_NAME* name)
{
    const Ptr<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(
        out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Certificate certificate_from(X509* x509)
{
    Certificate certificate;
    certificate.der = encode(i2d_X509, x509);
    certificate.key = public_key_of(X509_get_X509_PUBKEY(x509));
    certificate.subject = name_text(X509_get_subject_name(x509));
    certificate.issuer = name_text(X509_get_issuer_name(x509));
    certificate.serial = serial_of(x509);
    certificate.not_before = time_of(X509_get0_notBefore(x509));
    certificate.not_after = time_of(X509_get0_notAfter(x509));
    certificate.dns_names = dns_names_of(x509);
    certificate.common_names = common_names_of(X509_get_subject_name(x509));
    certificate.is_authority = is_authority(x509);
    if (EVP_PKEY* key = X509_get0_pubkey(x509)) {
        const char* type = EVP_PKEY_get0_type_name(key);
        certificate.key_type = type != nullptr ? type : "";
        certificate.key_bits = EVP_PKEY_bits(key);
    }
    return certificate;
}

} // namespace relayctl::openssl

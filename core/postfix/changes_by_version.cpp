#include "core/postfix/changes_by_version.hpp"

#include "core/postfix/parse_output.hpp"

#include <algorithm>
#include <array>

namespace relayctl {

namespace {

constexpr std::array<ChangeByVersion, 12> changes = { {
    { Change::protocol_bounds, 3, 6, "tls_proto_mask_lims() in tls/tls_misc.c" },
    { Change::depth_counts_issuers, 3, 6, "tls_verify_certificate_callback() in tls/tls_verify.c" },
    { Change::databases_in_utf8, 3, 8, "RELEASE_NOTES-3.8; global/dict_pgsql.c" },
    { Change::key_encoded_anew, 3, 9, "tls_pkey_fprint() in tls/tls_fprint.c" },
    { Change::key_asked_first, 3, 9, "permit_tls_clientcerts() in smtpd/smtpd_check.c" },
    { Change::raw_public_keys, 3, 9, "RELEASE_NOTES-3.9; tls_server_post_accept()" },
    { Change::old_words_removed, 3, 9, "generic_checks() in smtpd/smtpd_check.c" },
    { Change::forbidden_proxy_is_451, 3, 11, "dict_proxy_open() in global/dict_proxy.c" },
    { Change::proxy_folds_keys, 3, 11, "proxy_map_find() in proxymap/proxymap.c" },
    { Change::debug_tables, 3, 11, "dict_debug_open() in util/dict_debug.c" },
    { Change::redirection, 3, 11, "nbdb_util_init() in global/nbdb_util.c" },
    { Change::nameless_type_is_451, 3, 12, "dict_open() in util/dict_open.c" },
} };

} // namespace

std::span<const ChangeByVersion> changes_by_version() noexcept
{
    return changes;
}

bool has_change(std::string_view mail_version, Change change) noexcept
{
    const auto row = std::find_if(changes.begin(), changes.end(),
        [&](const ChangeByVersion& known) { return known.change == change; });
    return mail_version.empty() || version_is_at_least(mail_version, row->major, row->minor);
}

} // namespace relayctl

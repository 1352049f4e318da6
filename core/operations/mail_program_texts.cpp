#include "core/operations/mail_program_texts.hpp"

namespace relayctl {
namespace {

constexpr std::string_view fetch = R"text(
# It cannot pin a fingerprint, but trusts the server's certificate as a file, and compares the name
# in it with {server}. Fetch it; it is kept only if it is the right one.
openssl s_client -connect {address}{starttls_option} < /dev/null 2> /dev/null \
    | openssl x509 -out server.pem
[ "$(openssl x509 -in server.pem -noout -fingerprint -sha256 | cut -d= -f2)" = \
    {fingerprint} ] \
    || { rm -f server.pem; echo 'This is not the certificate of {server}.' >&2; }
)text";

constexpr std::string_view postfix = R"text(
# Postfix, 3.4 or later: it then sends all mail for other hosts to {server}.
# As root, where the files are. Postfix reads the key as root.
install -d -m 755 /etc/postfix/relay
install -m 644 {cert} /etc/postfix/relay/cert.pem
install -m 600 {key} /etc/postfix/relay/key.pem
postconf -e 'relayhost = [{server}]:{port}' \
    'smtp_tls_chain_files = /etc/postfix/relay/key.pem, /etc/postfix/relay/cert.pem' \
    'smtp_tls_wrappermode = {yes_if_wrapped}' \
{pinned}    'smtp_tls_security_level = fingerprint' \
{pinned}    'smtp_tls_fingerprint_digest = sha256' \
{pinned}    'smtp_tls_fingerprint_cert_match = {fingerprint}'
{trusted}    'smtp_tls_security_level = secure' \
{trusted}    'smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt'
service postfix restart

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# The log says status=sent. "Relay access denied": the certificate is not listed on the server.
# "Server certificate not verified": this is another server, or it has a new certificate.
)text";

constexpr std::string_view msmtp = R"text(
# msmtp, for one user, who keeps the key to himself. An older ~/.msmtprc is kept as ~/.msmtprc~.
{gnutls}
install -d -m 700 ~/.config/msmtp
install -m 644 {cert} ~/.config/msmtp/relay-cert.pem
install -m 600 {key} ~/.config/msmtp/relay-key.pem
install -b -m 600 /dev/stdin ~/.msmtprc <<'EOF'
account relay
host {server}
port {port}
from %U@{host}
auth off
tls on
{starttls}tls_starttls on
{wrapped}tls_starttls off
{pinned}tls_fingerprint {fingerprint}
tls_cert_file ~/.config/msmtp/relay-cert.pem
tls_key_file ~/.config/msmtp/relay-key.pem
account default : relay
EOF

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | msmtp {recipient}
# "Relay access denied": the certificate is not listed on the server, or was withheld.
)text";

constexpr std::string_view nullmailer = R"text(
# nullmailer. As root, where the files are. It sends as the user mail, who must read the key, and
# wants certificate and key in one file. An older list of servers is kept as remotes~.
{gnutls}
{pinned}{fetch}
cat {cert} {key} | install -o root -g mail -m 640 /dev/stdin /etc/nullmailer/relay.pem
{pinned}install -m 644 server.pem /etc/nullmailer/server.pem
install -b -o mail -g mail -m 600 /dev/stdin /etc/nullmailer/remotes <<'EOF'
{trusted}{server} smtp port={port} {tls_word} x509certfile=/etc/nullmailer/relay.pem
{pinned}{server} smtp port={port} {tls_word} x509certfile=/etc/nullmailer/relay.pem{+}
{pinned} x509cafile=/etc/nullmailer/server.pem
EOF
service nullmailer restart

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# The log says why mail stays in the queue that mailq shows.
)text";

constexpr std::string_view dma = R"text(
# dma. As root, where the files are. It sends with the group mail, which must read the key, and
# wants certificate and key in one file. An older dma.conf is kept as dma.conf~.
cat {cert} {key} | install -o root -g mail -m 640 /dev/stdin /etc/dma/relay.pem
install -b -o root -g mail -m 640 /dev/stdin /etc/dma/dma.conf <<'EOF'
SMARTHOST {server}
PORT {port}
SECURETRANSFER
{starttls}STARTTLS
{pinned}FINGERPRINT {fingerprint_hex}
CERTFILE /etc/dma/relay.pem
MAILNAME /etc/mailname
EOF
{trusted}# Without a line FINGERPRINT, dma takes any server for the right one. The value for it:
{trusted}#   openssl s_client -connect {address}{starttls_option} < /dev/null 2> /dev/null \
{trusted}#       | openssl x509 -noout -fingerprint -sha256 | cut -d= -f2 | tr -d :
{trusted}# It changes whenever the server has a new certificate.

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# Refused mail comes back to the sender. The log says why other mail stays in the queue.
)text";

constexpr std::string_view exim = R"text(
# Exim 4, as Debian configures it: it then sends all mail for other hosts to {server}.
# As root, where the files are. It sends as the user Debian-exim, who must read the key. Files that
# it had are kept with a ~ at the end of the name.
{gnutls}
{pinned}{fetch}
install -d -m 755 /etc/exim4/relay
install -m 644 {cert} /etc/exim4/relay/cert.pem
install -o root -g Debian-exim -m 640 {key} /etc/exim4/relay/key.pem
{pinned}install -m 644 server.pem /etc/exim4/relay/server.pem
sed -i~ -e "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='smarthost'/" \
    -e "s/^dc_smarthost=.*/dc_smarthost='{server}::{port}'/" /etc/exim4/update-exim4.conf.conf
install -b -m 644 /dev/stdin /etc/exim4/exim4.conf.localmacros <<'EOF'
REMOTE_SMTP_SMARTHOST_TLS_CERTIFICATE = /etc/exim4/relay/cert.pem
REMOTE_SMTP_SMARTHOST_PRIVATEKEY = /etc/exim4/relay/key.pem
REMOTE_SMTP_SMARTHOST_HOSTS_REQUIRE_TLS = *
REMOTE_SMTP_SMARTHOST_TLS_VERIFY_HOSTS = *
{pinned}REMOTE_SMTP_SMARTHOST_TLS_VERIFY_CERTIFICATES = /etc/exim4/relay/server.pem
{trusted}REMOTE_SMTP_SMARTHOST_TLS_VERIFY_CERTIFICATES = /etc/ssl/certs/ca-certificates.crt
{wrapped}REMOTE_SMTP_SMARTHOST_PROTOCOL = smtps
EOF
# The same where the configuration is split into small files:
cp /etc/exim4/exim4.conf.localmacros /etc/exim4/conf.d/main/000_relay_macros
update-exim4.conf
service exim4 restart

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# /var/log/exim4/mainlog says what became of it.
)text";

constexpr std::string_view opensmtpd = R"text(
# OpenSMTPD, 7.3 or later: 6.8, which Debian 12 has, cannot use a key with OpenSSL 3.
# As root, where the files are; it reads the key as root. An older smtpd.conf is kept as
# smtpd.conf~. On OpenBSD it is /etc/mail/smtpd.conf.
{pinned}{fetch}
{pinned}# It trusts what the whole system trusts: the server's certificate must be a part of that.
{pinned}install -m 644 server.pem /usr/local/share/ca-certificates/relay-server.crt
{pinned}update-ca-certificates
install -d -m 755 /etc/opensmtpd-relay
install -m 644 {cert} /etc/opensmtpd-relay/cert.pem
install -m 600 {key} /etc/opensmtpd-relay/key.pem
install -b -m 644 /dev/stdin /etc/smtpd.conf <<'EOF'
table aliases file:/etc/aliases
pki "{host}" cert "/etc/opensmtpd-relay/cert.pem"
pki "{host}" key "/etc/opensmtpd-relay/key.pem"
listen on localhost
action "local" maildir alias <aliases>
{starttls}action "relay" relay host smtp+tls://{address} pki "{host}"
{wrapped}action "relay" relay host smtps://{address} pki "{host}"
match for local action "local"
match from local for any action "relay"
EOF
service opensmtpd restart

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# "smtpctl show queue" shows what waits; refused mail comes back to the sender.
)text";

constexpr std::string_view sendmail = R"text(
# sendmail, 8.17 or later as Debian configures it: it then sends all mail for other hosts to
# {server}. As root, where the files are; it reads the key as root.
install -m 644 {cert} /etc/mail/tls/relay-cert.pem
install -o root -g root -m 600 {key} /etc/mail/tls/relay-key.pem
install -m 644 /dev/stdin /etc/mail/relay.m4 <<'EOF'
define(`SMART_HOST', `relay:[{server}]')dnl
define(`RELAY_MAILER_ARGS', `TCP $h {port}')dnl
define(`confCLIENT_CERT', `/etc/mail/tls/relay-cert.pem')dnl
define(`confCLIENT_KEY', `/etc/mail/tls/relay-key.pem')dnl
{pinned}define(`confCERT_FINGERPRINT_ALGORITHM', `sha256')dnl
{trusted}define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl
{trusted}define(`confCACERT_PATH', `/etc/ssl/certs')dnl
{trusted}LOCAL_CONFIG
{trusted}O SetCertAltnames=true
EOF
# What the server must prove. Each rule has a tab between its sides.
printf '%s\t%s\n' LOCAL_TLS_SERVER '' \
{pinned}    'R$*' '$: $&{cert_fp}' 'R{fingerprint}' '$@ yes' \
{trusted}    'R$*' '$: $&{verify} {server} $| $&{cn_subject}' \
{trusted}    'ROK $={cert_altnames} $| $*' '$@ yes' 'ROK {server} $| {server}' '$@ yes' \
    'R$*' '$#error $@ 4.7.0 $: "403 this is not {server}"' > /etc/mail/relay-rules.m4
grep -q relay.m4 /etc/mail/sendmail.mc || sed -i~ \
    -e '/^MAILER_DEFINITIONS/i include(`/etc/mail/relay.m4'"'"')dnl' \
    -e '$a include(`/etc/mail/relay-rules.m4'"'"')dnl' /etc/mail/sendmail.mc
make -C /etc/mail sendmail.cf
service sendmail restart

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | sendmail {recipient}
# mailq shows what waits, and why; refused mail comes back to the sender.
)text";

constexpr std::string_view sendmail_from_the_start = R"text(
# sendmail as a client cannot begin with TLS, as port {port} of {server} wants it. It needs a
# port with STARTTLS, such as 587: give that with --server.
)text";

constexpr std::string_view thunderbird = R"text(
Thunderbird. {p12} has the certificate and the key; its password was shown when it was
made.

1. Settings > Privacy & Security > Certificates > Manage Certificates... > Your Certificates >
   Import...: choose {p12}, and give its password.
2. In Settings > Privacy & Security > Certificates, under "When a server requests my personal
   certificate", choose "Select one automatically".
3. Account Settings > Outgoing Server (SMTP) > Add...:
     Server Name            {server}
     Port                   {port}
{starttls}     Connection security    STARTTLS
{wrapped}     Connection security    SSL/TLS
     Authentication method  No authentication
4. Account Settings > your account > Outgoing Server (SMTP): choose this one.
{pinned}5. Send a message. Thunderbird does not know the server's certificate, and asks for an
{pinned}   exception. Look at it with View..., and confirm only if its SHA-256 fingerprint is
{pinned}   {fingerprint}

"Relay access denied": the certificate is not listed on the server, or was withheld. Thunderbird
withholds it where the server names CAs and none of them has signed it: on that server
smtpd_tls_CAfile must be empty.

From a command line, while Thunderbird is closed:
   pk12util -i {p12} -d sql:$HOME/.thunderbird/PROFILE
)text";

constexpr std::string_view swaks = R"text(
# swaks, where the files are.
{pinned}{fetch}

# Try it:
swaks --server {server} --port {port} {swaks_tls} \
    --tls-cert {cert} --tls-key {key} --tls-verify \
{pinned}    --tls-ca-path server.pem \
{trusted}    --tls-ca-path /etc/ssl/certs/ca-certificates.crt \
    --helo {host} --from root@{host} --to {recipient} --body 'By certificate.'
# With "--quit-after RCPT" nothing is sent. "Relay access denied": the certificate is not listed.
)text";

constexpr std::string_view python = R"text(
# Python 3.6 or later: a program that relays the message on its standard input, where the files are.
install -m 644 /dev/stdin relay_mail.py <<'EOF'
{pinned}import hashlib
import smtplib
import ssl
import sys


def relay(sender, recipients, message):
    context = ssl.create_default_context()
    context.load_cert_chain({cert_in_python}, {key_in_python})
{pinned}    context.check_hostname = False  # the certificate itself is compared below
{pinned}    context.verify_mode = ssl.CERT_NONE
{starttls}    with smtplib.SMTP("{server}", {port}, "{host}", timeout=60) as server:
{starttls}        server.starttls(context=context)
{wrapped}    with smtplib.SMTP_SSL("{server}", {port}, "{host}", context=context) as server:
{pinned}        certificate = server.sock.getpeercert(binary_form=True)
{pinned}        if hashlib.sha256(certificate).hexdigest() != (
{pinned}                "{fingerprint_lower}"):
{pinned}            raise ssl.SSLError("this is not {server}")
        server.sendmail(sender, recipients, message)


relay(sys.argv[1], sys.argv[2:], sys.stdin.buffer.read())
EOF

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' \
    | python3 relay_mail.py root@{host} {recipient}
# "Relay access denied": the certificate is not listed on the server.
)text";

constexpr std::string_view curl = R"text(
# curl, where the files are.
{pinned}{fetch}

# Try it:
printf 'Subject: relayed\n\nBy certificate.\n' | curl --silent --show-error --upload-file - \
    --url {curl_scheme}://{address}/{host} --ssl-reqd --cert {cert} --key {key} \
{pinned}    --cacert server.pem \
    --mail-from root@{host} --mail-rcpt {recipient}
# "RCPT failed: 554": the certificate is not listed on the server.
)text";

} // namespace

const std::vector<MailProgram>& mail_program_texts()
{
    static const std::vector<MailProgram> programs = { { "postfix", postfix }, { "msmtp", msmtp },
        { "nullmailer", nullmailer }, { "dma", dma }, { "exim", exim }, { "opensmtpd", opensmtpd },
        { "sendmail", sendmail, sendmail_from_the_start }, { "thunderbird", thunderbird },
        { "swaks", swaks }, { "python", python }, { "curl", curl } };
    return programs;
}

std::string_view fetch_server_certificate()
{
    return fetch;
}

} // namespace relayctl

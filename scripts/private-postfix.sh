# A private Postfix for the quickstart: own configuration, queue and port on 127.0.0.1. Sourced.
# POSIX sh.

# write_configuration DIRECTORY: DIRECTORY/conf, with the table hash:DIRECTORY/relay_clients.
write_configuration() {
    mkdir "$1/conf" "$1/queue" "$1/data"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=server.example -keyout "$1/server.key" -out "$1/server.pem" 2> /dev/null
    cat > "$1/conf/main.cf" <<END
compatibility_level = 3.6
queue_directory = $1/queue
data_directory = $1/data
maillog_file = $1/log
maillog_file_prefixes = $1
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = server.example
mydestination =
mynetworks = 192.0.2.0/24
alias_maps =
local_recipient_maps =
smtpd_tls_security_level = may
smtpd_tls_cert_file = $1/server.pem
smtpd_tls_key_file = $1/server.key
smtpd_tls_ask_ccert = yes
smtpd_tls_fingerprint_digest = sha256
relay_clientcerts = hash:$1/relay_clients
smtpd_relay_restrictions = permit_tls_clientcerts, reject_unauth_destination
smtpd_peername_lookup = no
END
    # Postfix waits for a main.cf that has just been changed.
    touch -d '1 minute ago' "$1/conf/main.cf"
}

# start_postfix DIRECTORY: a master of its own in the background, its pid in $!. The port is the
# first free one of a few.
start_postfix() {
    chown postfix "$1/data"
    for port in 20025 20125 20225 20325 20425 20525; do
        openssl s_client -connect "127.0.0.1:$port" < /dev/null 2>&1 \
            | grep -q 'Connection refused' && break
    done
    printf '%s\n' "$port" > "$1/port"
    cat > "$1/conf/master.cf" <<END
127.0.0.1:$port inet n - n - 1 smtpd
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n - 1 tlsmgr
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END
    touch -d '1 minute ago' "$1/conf/master.cf"
    postfix -c "$1/conf" check > /dev/null 2>&1
    master=$(postconf -c "$1/conf" -xh daemon_directory)/master
    "$master" -c "$1/conf" -d < /dev/null > /dev/null 2>&1 &
}

# ask_postfix DIRECTORY CLIENT: what smtpd answers to RCPT from the client with that certificate.
ask_postfix() (
    rm -f "$1/commands" "$1/answers"
    mkfifo "$1/commands"
    trap '' PIPE
    # -ign_eof: s_client ends with the connection, after QUIT. "RCPT" with a capital R alone would
    # renegotiate.
    openssl s_client -connect "127.0.0.1:$(cat "$1/port")" -starttls smtp \
        -name client.example -ign_eof -quiet -cert "$1/$2.pem" -key "$1/$2.key" \
        < "$1/commands" > "$1/answers" 2> /dev/null &
    client=$!
    exec 3> "$1/commands"
    printf 'EHLO client.example\r\n' >&3 || true
    # From 3.9 on smtpd hangs up on a client that does not wait for the answer to EHLO
    # (smtpd_forbid_unauth_pipelining).
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        ! grep -q '^250-' "$1/answers" || break
        kill -0 "$client" 2> /dev/null || break
        sleep 0.2
    done
    printf '%s\r\n' 'MAIL FROM:<sender@client.example>' 'rcpt TO:<someone@elsewhere.example>' QUIT \
        >&3 || true
    exec 3>&-
    wait "$client" || true
    tr -d '\r' < "$1/answers" | grep -E '^(250 2\.1\.5|[45]..)' | head -n 1
)

# wait_for_postfix DIRECTORY: until it answers; 1 if it does not within some seconds.
wait_for_postfix() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        openssl s_client -connect "127.0.0.1:$(cat "$1/port")" -starttls smtp \
            < /dev/null > /dev/null 2>&1 && return 0
        sleep 0.2
    done
    return 1
}

"""Certificates whose public key is not encoded as OpenSSL encodes it: other programs make such
ones. Each is made of an ordinary certificate; its own signature no longer fits, which smtpd does
not ask for."""

import base64
import os

from support import certs

SEQUENCE, NULL, INTEGER = 0x30, 0x05, 0x02
CONSTRUCTED = 0x20


def parsed(der):
    """DER as a list of (tag, content), where the content of a constructed one is such a list."""
    values, at = [], 0
    while at < len(der):
        tag, length, at = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(der[at:at + size], "big"), at + size
        content, at = der[at:at + length], at + length
        values.append((tag, parsed(content) if tag & CONSTRUCTED else content))
    return values


def encoded(values):
    out = b""
    for tag, content in values:
        body = encoded(content) if tag & CONSTRUCTED else content
        size = len(body)
        if size < 0x80:
            length = bytes([size])
        else:
            digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
            length = bytes([0x80 | len(digits)]) + digits
        out += bytes([tag]) + length + body
    return out


def without_nulls(values):
    return [(tag, without_nulls(content) if tag & CONSTRUCTED else content)
            for tag, content in values if tag != NULL]


def without_cofactor(algorithm):
    name, (tag, parameters) = algorithm
    assert tag == SEQUENCE and parameters[-1][0] == INTEGER, "these are no explicit parameters"
    return [name, (tag, parameters[:-1])]


def key_of(tree, version):
    """Where the SubjectPublicKeyInfo stands in a certificate or request."""
    fields = tree[0][1][0][1]
    return fields, (6 if version == "certificate" else 2)


def with_algorithm(der, version, change):
    tree = parsed(der)
    fields, place = key_of(tree, version)
    algorithm, bits = fields[place][1]
    fields[place] = (SEQUENCE, [(SEQUENCE, change(algorithm[1])), bits])
    return encoded(tree)


def own_key(certificate):
    """The SubjectPublicKeyInfo byte for byte."""
    der = certs.openssl("x509", "-in", certificate, "-outform", "DER")
    fields, place = key_of(parsed(der), "certificate")
    return encoded([fields[place]])


def write_pem(path, label, der):
    with open(path, "w") as out:
        text = base64.encodebytes(der).decode()
        out.write("-----BEGIN %s-----\n%s-----END %s-----\n" % (label, text, label))


def rewrite(client, change):
    der = certs.openssl("x509", "-in", client.cert, "-outform", "DER")
    write_pem(client.cert, "CERTIFICATE", with_algorithm(der, "certificate", change))
    request = client.request()
    der = certs.openssl("req", "-in", request, "-outform", "DER")
    write_pem(request, "CERTIFICATE REQUEST", with_algorithm(der, "request", change))
    key = certs.openssl("pkey", "-in", client.key, "-outform", "DER")
    key = certs.openssl("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER",
                        input=key)
    tree = parsed(key)
    fields = tree[0][1]
    fields[1] = (SEQUENCE, change(fields[1][1]))
    client.odd_key = client.key + ".odd"
    write_pem(client.odd_key, "PRIVATE KEY", encoded(tree))
    return client


def rsa_without_null(directory):
    return rewrite(certs.Client(directory, "nonull.example", "rsa"), without_nulls)


def rsa_pss_of_gnutls(directory):
    """As GnuTLS writes it: the digests have no parameters, where OpenSSL writes NULL."""
    parameters = ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
                  "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256",
                  "-pkeyopt", "rsa_pss_keygen_saltlen:32"]
    client = certs.Client(directory, "pss.example", parameters=parameters)
    return rewrite(client, without_nulls)


def explicit_curve(directory):
    """A curve that is written out, without its cofactor."""
    key = os.path.join(directory, "explicit.key")
    certs.openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit",
                  "-out", key)
    return rewrite(certs.Client(directory, "explicit.example", key=key), without_cofactor)


ALL = (rsa_without_null, rsa_pss_of_gnutls, explicit_curve)

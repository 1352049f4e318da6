"""Certificates and fingerprints made by openssl: the values that relayctl must agree with."""

import os
import re
import subprocess

KEY_ARGUMENTS = {"rsa": ["-newkey", "rsa:2048"],
                 "rsa-pss": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
                 "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
                 "ed25519": ["-newkey", "ed25519"]}
UNCHANGING = {"LC_ALL": "C", "PATH": os.environ.get("PATH", "")}


def openssl(*args, input=None):
    result = subprocess.run(["openssl", *args], input=input, capture_output=True, env=UNCHANGING,
                            timeout=120)
    if result.returncode != 0:
        raise AssertionError("openssl %s: %s" % (" ".join(args), result.stderr.decode()))
    return result.stdout


class Client:
    """A certificate and its key as files NAME.pem and NAME.key in `directory`."""

    def __init__(self,
                 directory,
                 name,
                 kind="ec",
                 subject=None,
                 days=30,
                 key=None,
                 extensions=(),
                 arguments=(),
                 parameters=()):
        self.name = name
        self.cert = os.path.join(directory, name + ".pem")
        self.key = key or os.path.join(directory, name + ".key")
        subject = subject or "/CN=%s" % name
        request = [
            "req", "-x509", "-out", self.cert, "-days",
            str(days), "-subj", subject, *arguments
        ]
        for extension in extensions:
            request += ["-addext", extension]
        if key:
            openssl(*request, "-key", key)
        elif kind == "dsa":
            parameters = os.path.join(directory, name + ".dsaparam")
            openssl("dsaparam", "-out", parameters, "2048")
            openssl("gendsa", "-out", self.key, parameters)
            openssl(*request, "-key", self.key)
        else:
            new_key = parameters or KEY_ARGUMENTS[kind]
            openssl(*request, *new_key, "-nodes", "-keyout", self.key)

    def fingerprint(self, digest="sha256"):
        return cert_fingerprint(self.cert, digest)

    def key_fingerprint(self, digest="sha256"):
        return key_fingerprint(self.cert, digest)

    def request(self):
        """A certificate request with the same key."""
        path = self.cert[:-len(".pem")] + ".csr"
        openssl("req", "-new", "-key", self.key, "-subj", "/CN=%s" % self.name, "-out", path)
        return path

    def public_key(self):
        path = self.cert[:-len(".pem")] + ".pub"
        openssl("pkey", "-in", self.key, "-pubout", "-out", path)
        return path


def colons(hexadecimal):
    pairs = hexadecimal.strip().upper()
    return ":".join(re.findall("..", pairs))


def digest_of(data, digest):
    """Upper-case pairs with colons, by openssl dgst."""
    out = openssl("dgst", "-" + digest, "-r", input=data).decode()
    return colons(out.split()[0])


def cert_fingerprint(path, digest="sha256"):
    return digest_of(openssl("x509", "-in", path, "-outform", "DER"), digest)


def key_fingerprint(path, digest="sha256"):
    public = openssl("x509", "-in", path, "-noout", "-pubkey")
    return digest_of(openssl("pkey", "-pubin", "-outform", "DER", input=public), digest)


def authority(directory, name):
    """A CA as a PKI makes it: it says that it may sign certificates."""
    return Client(directory, name, extensions=["keyUsage=critical,keyCertSign,cRLSign"])


def issued(directory, name, issuer, is_authority=False, usage=None):
    """A certificate that this issuer has signed. usage: its extendedKeyUsage, and no word on
    whether it is a CA."""
    client = Client(directory, name)
    extensions = client.cert + ".extensions"
    with open(extensions, "w") as out:
        if usage:
            out.write("extendedKeyUsage=%s\n" % usage)
        elif is_authority:
            out.write("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n")
        else:
            out.write("basicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", client.request(), "-CA", issuer.cert, "-CAkey", issuer.key,
            "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out", client.cert)
    return client


def spoil(client, start=None, end=None):
    """Puts these bytes, an ASN.1 value of as many bytes, in the place of a date. The client's own
    signature no longer fits, which nobody asks for."""
    der = openssl("x509", "-in", client.cert, "-outform", "DER")
    places = [found.start() for found in re.finditer(rb"\x17\x0d\d{12}Z", der)][:2]
    for place, value in zip(places, (start, end)):
        if value is not None:
            assert len(value) == 15
            der = der[:place] + value + der[place + 15:]
    openssl("x509", "-inform", "DER", "-out", client.cert, input=der)
    return client


def spoil_end(client):
    return spoil(client, end=b"\x17\x0dxx0101000000Z")


def expired(directory, name):
    """A certificate that ended in 2020."""
    return dated(directory, name, "20190101000000Z", "20200101000000Z")


def dated(directory, name, start, end):
    """A certificate with these times: YYYYMMDDHHMMSSZ, or YYMMDDHHMMSSZ for the years 1950 to
    2049."""
    client = Client(directory, name)
    request = client.request()
    database = os.path.join(directory, name + ".ca")
    os.mkdir(database)
    for file, text in (("index.txt", ""), ("serial", "01\n")):
        with open(os.path.join(database, file), "w") as out:
            out.write(text)
    configuration = os.path.join(database, "ca.cf")
    with open(configuration, "w") as out:
        out.write("[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={0}\ndatabase={0}/index.txt\n"
                  "serial={0}/serial\n"
                  "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n".format(database))
    openssl("ca", "-batch", "-config", configuration, "-selfsign", "-keyfile", client.key, "-in",
            request, "-out", client.cert, "-startdate", start, "-enddate", end, "-notext")
    return client

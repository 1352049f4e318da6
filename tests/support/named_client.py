"""A client whose certificate claims any name. openssl takes no common name of more than 64
characters; smtpd takes whatever comes, and logs it."""

from support import certs


def _read(data, at):
    """(the tag, where the contents begin, where they end)."""
    length, begin = data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7f
        length, begin = int.from_bytes(data[begin:begin + size], "big"), begin + size
    return data[at], begin, begin + length


def _element(tag, contents):
    size = len(contents)
    if size < 0x80:
        return bytes([tag, size]) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + contents


def _elements(data, begin, end):
    while begin < end:
        _, _, next_one = _read(data, begin)
        yield data[begin:next_one]
        begin = next_one


def _name(text):
    """A Name of one common name, as a UTF8String."""
    pair = _element(0x30, b"\x06\x03\x55\x04\x03" + _element(0x0c, text))
    return _element(0x30, _element(0x31, pair))


def claiming(directory, file, subject, issuer):
    """Its signature no longer fits, which nobody asks for."""
    client = certs.Client(directory, file)
    der = certs.openssl("x509", "-in", client.cert, "-outform", "DER")
    _, begin, end = _read(der, 0)
    signed, *rest = _elements(der, begin, end)
    _, begin, end = _read(signed, 0)
    fields = list(_elements(signed, begin, end))
    # Version, serial number, algorithm, issuer, validity, subject, ... (RFC 5280, 4.1).
    fields[3], fields[5] = _name(issuer.encode()), _name(subject.encode())
    der = _element(0x30, _element(0x30, b"".join(fields)) + b"".join(rest))
    certs.openssl("x509", "-inform", "DER", "-out", client.cert, input=der)
    return client

"""Opens the envelope of a bid: the shares of the file key make it, and it opens the content (docs/bundle.md 6, bid)."""
import hmac, struct, zlib

from bundle import digest, fields, need, whole, written
from consortia import written_members

def times(a, b):
    """Multiplies in GF(256)."""
    product = 0
    while b:
        product, a, b = product ^ a * (b & 1), a << 1 ^ 0x11b * (a >> 7), b >> 1
    return product
def join(points, x):
    """The value at x of the polynomial through points."""
    value = [0] * 32
    for at, share in points:
        weight = 1
        for other in (o for o, _ in points if o != at):
            weight = times(weight, times(x ^ other, next(i for i in range(256) if times(i, at ^ other) == 1)))
        value = [v ^ times(weight, b) for v, b in zip(value, share)]
    return bytes(value)
def derive(key, salt, use):
    return hmac.digest(hmac.digest(salt, key, "sha256"), use.encode() + b"\1", "sha256")
def chacha(key, counter):
    start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, *struct.unpack("<8I", key), counter, 0, 0, 0]
    s = start[:]
    for a, b, c, d in [(i, 4 + (i + k) % 4, 8 + (i + 2 * k) % 4, 12 + (i + 3 * k) % 4) for k in (0, 1) for i in range(4)] * 10:
        for x, y, z, turn in (a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7):
            s[x] = (s[x] + s[y]) & 0xffffffff
            s[z] = ((s[z] ^ s[x]) << turn | (s[z] ^ s[x]) >> 32 - turn) & 0xffffffff
    return struct.pack("<16I", *((a + b) & 0xffffffff for a, b in zip(s, start)))
def tag(key, data):
    """Poly1305."""
    r, total = int.from_bytes(key[:16], "little") & 0x0ffffffc0ffffffc0ffffffc0fffffff, 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((total + int.from_bytes(key[16:32], "little")) % 2**128).to_bytes(16, "little")
def unseal(envelope, shares, terms, organization, submission):
    """What is in an envelope; a ValueError has the fault."""
    rows = fields(envelope[5:])
    row, nonce, payload, stanzas = dict(rows), dict(rows)["nonce"], dict(rows)["payload"], [dict(fields(v)) for n, v in rows if n == "stanza"]
    level, demand, policy, threshold, wanted = terms
    recipients = [s["recipient"].decode() for s in stanzas]
    def commits(i, share):
        return digest(b"jiebang share 1\n", written(("nonce", nonce), ("place", i), ("share", share))) == stanzas[i]["commit"]
    need(len(shares) >= whole(row["threshold"].decode()), "STANZA_UNREADABLE")
    need(row["demand"] == demand, "ENVELOPE_DEMAND")
    need((row["policy"], row["level"]) == (policy, level), "ENVELOPE_POLICY")
    need(row["threshold"] == b"%d" % threshold and recipients == wanted, "ENVELOPE_STANZAS")
    for recipient in shares:
        need(recipient in recipients, "SHARE_FOREIGN")
        need(commits(recipients.index(recipient), shares[recipient]), "SHARE_WRONG")
    points = [(i + 1, shares[r]) for i, r in enumerate(recipients) if r in shares][:threshold]
    need(all(commits(i, join(points, i + 1)) for i in range(len(stanzas))), "SHARES_DISAGREE")
    key, bound = join(points, 0), b"JBB1\n" + written(*rows[:-2])
    commit = written(("key", derive(key, nonce, "jiebang key commit 1")), ("envelope", digest(bound, written(("payload", payload)))))
    need(row["key_commit"] == digest(b"jiebang key commit 1\n", commit), "KEY_COMMIT")
    cipher, given = payload[:-16], derive(key, nonce, "jiebang payload 1")
    covered = b"".join(part + bytes(-len(part) % 16) for part in (bound, cipher)) + struct.pack("<QQ", len(bound), len(cipher))
    need(tag(chacha(given, 0), covered) == payload[-16:], "PAYLOAD_INVALID")
    padded = bytes(a ^ b for a, b in zip(cipher, b"".join(chacha(given, i + 1) for i in range(len(cipher) // 64 + 1))))
    end = 4 + int.from_bytes(padded[:4], "big")
    unpacker = zlib.decompressobj(-15)
    try:
        content = unpacker.decompress(padded[4:end], 2**18 + 1)
    except zlib.error:
        content = None
    need(content is not None and unpacker.eof and not unpacker.unused_data and len(content) <= 2**18 and end <= len(padded) and not padded[end:].strip(b"\0"), "PAYLOAD_INVALID")
    need(content[:14] == b"jiebang bid 2\n", "INNER_CONTENT")
    inner = dict(fields(content[14:]))
    for name, fault in ("demand", "DEMAND"), ("policy", "POLICY"), ("nonce", "NONCE"), ("part", "PART"):
        need(inner[name] == row[name], "INNER_" + fault)
    need(inner["organization"].decode() == organization, "INNER_ORGANIZATION")
    need(inner["submission"].decode() == submission, "INNER_SUBMISSION")
    members = [dict(fields(value)) for name, value in fields(content[14:]) if name == "member"]
    return inner["amount_fen"].decode(), inner["proposal"].decode(), written_members([{n: v.decode() for n, v in m.items()} for m in members])

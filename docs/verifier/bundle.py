"""What a bundle is made of: texts, numbers, lines, the tree, the checkpoint and the bodies of entries (docs/bundle.md 1 to 5)."""
import base64, datetime, hashlib, json, re

def need(fits, why):
    """Refuses by a ValueError, as Python's own readers do."""
    if not fits:
        raise ValueError(why)

# 1. Texts and numbers
def whole(text):
    need(re.fullmatch("0|-?[1-9][0-9]{0,18}", text) and -2**63 <= int(text) < 2**63, "不是规范的整数: " + text)
    return int(text)
def instant(text):
    need(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z", text), "不是规范的时间: " + text)
    datetime.datetime(*map(int, re.split("[-T:.]", text[:19])))  # it lacks the year 0000, which is before every entry: whatever is then is refused anyway
    return text
def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 写法不规范")
    return data

# 2. Lines
def line(text, keys):
    """Reads a line that has exactly these keys in the one form that there is."""
    need(len(text) < 4 << 20, "行太长")
    found = json.loads(text.decode("utf-8"))
    need(isinstance(found, dict) and list(found) == keys and all(v is None or isinstance(v, str) for v in found.values()), "不是应有的行")
    form = json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    need(form.encode("utf-8") == text, "行的写法不规范")
    return found

# 3. Tree
class Tree:
    """The roots of the perfect subtrees, largest first, each with its size."""
    def __init__(self):
        self.size, self.roots = 0, []
    def add(self, leaf):
        size, self.size = 1, self.size + 1
        while self.roots and self.roots[-1][0] == size:
            leaf = hashlib.sha256(b"\x01" + self.roots.pop()[1] + leaf).digest()
            size *= 2
        self.roots.append((size, leaf))
    def root(self, roots=None):
        roots = self.roots if roots is None else roots
        found = roots[-1][1] if roots else hashlib.sha256(b"").digest()
        for _, left in reversed(roots[:-1]):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found

# 4. Checkpoint: Ed25519 with points of edwards25519 in extended coordinates
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
def plus(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return (f - e) * (d - c) % P, (d + c) * (f + e) % P, (d - c) * (d + c) % P, (f - e) * (f + e) % P
def point(data):
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    x = x if v * x * x % P == u else x * pow(2, (P - 1) // 4, P) % P
    need(v * x * x % P == u, "公钥不在曲线上")
    x = x if x % 2 == sign else -x % P
    return x, y % P, 1, x * y % P
BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def signed(key, text, signature):
    """Whether an Ed25519 signature is valid."""
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    x, y, z, t = point(key)
    minus, total = (-x % P, y, z, -t % P), (0, 1, 1, 0)
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    steps = None, BASE, minus, plus(BASE, minus)
    for i in range(252, -1, -1):
        total, step = plus(total, total), steps[(s >> i & 1) + 2 * (k >> i & 1)]
        total = plus(total, step) if step else total
    x, y = (c * pow(total[2], -1, P) % P for c in total[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]
def checkpoint(note, key):
    """Reads a checkpoint: its origin, size and root, and what is left to do: to verify its signature, which is slow."""
    need(not re.search("[\x00-\x09\x0b-\x1f]", note) and "\n\n" in note, "检查点不是签名的文本")
    text, signatures = note[:note.rindex("\n\n") + 1], note[note.rindex("\n\n") + 2:]
    need(signatures.endswith("\n") and signatures.count("\n") <= 100, "检查点没有签名,或签名太多")
    name, number, material = (key.split("+", 2) + ["", ""])[:3]
    public = unbase64(material)
    need(name and not re.search(r"\s", name) and len(public) == 33 and public[0] == 1, "不是账本公钥")
    need(number == hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8], "公钥编号不符")
    seen = {}
    for row in signatures[:-1].split("\n"):
        who, _, data = row[2:].partition(" ")
        data = unbase64(data)
        need(row.startswith("— ") and who and not re.search(r"[\s+]", who) and len(data) >= 5, "签名行不规范")
        need((who, data[:4].hex()) not in seen, "签名重复")
        seen[who, data[:4].hex()] = data[4:]
    need((name, number) in seen, "没有账本的签名")
    parts = text.split("\n", 3)
    need(len(parts) == 4 and parts[0] == name, "检查点来源不符")
    size, root = whole(parts[1]), unbase64(parts[2])
    need(len(root) == 32, "检查点的树根不规范")
    return name, size, root, lambda: need(signed(public[1:], text.encode(), seen[name, number]), "检查点签名无效")

# 5. Body
HEADER = "jurisdiction sequence time kind subject organization actor request".split()
def fields(data):
    at, found = 0, []
    while at < len(data):
        a = data.index(b" ", at)
        b = data.index(b" ", a + 1)
        end = b + 1 + whole(data[a + 1:b].decode("ascii"))
        need(b < end and data[end:end + 1] == b"\n", "字段长度不符")
        found.append((data[at:a].decode("utf-8"), data[b + 1:end]))
        at = end + 1
    return found
def decode(body):
    need(body.startswith(b"jiebang entry 1\n"), "首行不符")
    found = [(name, value.decode("utf-8")) for name, value in fields(body[16:])]
    columns = [name for name, _ in found[8:]]
    need([name for name, _ in found[:8]] == HEADER and all(c.startswith("row.") for c in columns), "字段名不符")
    need(all(a.encode() < b.encode() for a, b in zip(columns, columns[1:])), "列的次序不符")
    return dict(found[:8]), {name[4:]: value for name, value in found[8:]}

# What the rules need besides
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
def blank(text):
    return not text.strip(SPACES)
def words(text):
    return [word for word in re.split("[%s]+" % SPACES, text) if word]
def unhex(text):
    need(re.fullmatch("([0-9a-fA-F]{2})*", text), "不是十六进制: " + text[:80])
    return bytes.fromhex(text)
def digest(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def packed(*values):
    """Values, each after its length; a number is one of 8 bytes."""
    values = [(v % 2**64).to_bytes(8, "big") if isinstance(v, int) else v.encode() if isinstance(v, str) else v for v in values]
    return b"".join(len(v).to_bytes(8, "big") + v for v in values)
def written(*pairs):
    return b"".join(b"%s %d %s\n" % (name.encode(), len(v), v) for name, v in ((n, v if isinstance(v, bytes) else str(v).encode()) for n, v in pairs))
def clock(time):
    return datetime.datetime.fromisoformat(time[:26])

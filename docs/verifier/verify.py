#!/usr/bin/env python3
"""Verifies a bundle of a jiebang ledger: a second verifier, written from docs/bundle.md alone, with the standard library only.

    verify.py FILE [--trusted-key KEY]      exit code 0: accepted, 1: refused
    verify.py --serve     reads bundles from stdin, each after a line with its length; answers each with a line of JSON
"""
import base64, hashlib, json, pathlib, sys

sys.dont_write_bytecode, sys.path[:0] = True, [str(pathlib.Path(__file__).parent)]
from bundle import Tree, checkpoint, decode, instant, line, need, unbase64, whole
from replay import Replay

def verify(data, trusted=""):
    """Returns the totals of a bundle, or raises a ValueError."""
    lines = data.split(b"\n")
    need(lines.pop() == b"" and lines, "文件为空或被截断")
    h = line(lines[0], ["format", "jurisdiction", "origin", "verifier_key", "checkpoint"])
    need(None not in h.values() and h["format"] == "jiebang bundle 1", "不是账本导出文件")
    need(trusted in ("", h["verifier_key"]), "公钥不是审计人掌握的公钥")
    name, size, root, verify_signature = checkpoint(h["checkpoint"], h["verifier_key"])
    need(name == h["origin"] == "jiebang/" + h["jurisdiction"], "来源不符")
    tree, replay, last = Tree(), Replay(), "0001-01-01T00:00:00.000000Z"
    for text in lines[1:]:
        e = line(text, ["salt", "body", "hash"])
        need(e["body"] is not None and e["hash"] is not None, "没有内容或哈希")
        salt, body, found = None if e["salt"] is None else unbase64(e["salt"]), e["body"].encode(), unbase64(e["hash"])
        before = list(tree.roots)
        tree.add(found)
        if (salt, body, len(found)) == (None, b"", 32):
            replay.withheld += 1
            continue
        need(salt is not None and len(salt) == 16 and hashlib.sha256(b"\0jiebang leaf 1\n" + salt + body).digest() == found, "第 %d 条已被改动" % (tree.size - 1))
        head, row = decode(body)
        need(whole(head["sequence"]) == tree.size - 1 and head["jurisdiction"] == h["jurisdiction"] and instant(head["time"]) >= last, "序号、行政区或时间不符")
        last = head["time"]
        replay.before = lambda: tree.root(before)
        replay.add(head, row)
    need(tree.size == size and tree.root() == root, "账目与签名的检查点不符")
    verify_signature()
    return {"size": size, "root": base64.b64encode(root).decode(), "withheld": replay.withheld, "years": replay.years, "channels": replay.channels}
def outcome(data, *trusted):
    try:
        return dict(verify(data, *trusted), ok=True)
    except (ValueError, KeyError, OverflowError, RecursionError) as why:
        return {"ok": False, "why": str(why)}
def main(args):
    while args == ["--serve"]:
        length = sys.stdin.buffer.readline() or sys.exit()
        print(json.dumps(outcome(sys.stdin.buffer.read(int(length)))), flush=True)
    if len(args) not in (1, 3) or args[1:2] not in ([], ["--trusted-key"]):
        sys.exit(__doc__)
    found = outcome(open(args[0], "rb").read(), *args[2:])
    found["ok"] or sys.exit("未通过:" + found["why"])
    for year, (demands, contracts, fen) in sorted(found["years"].items()):
        print("%s 年:发布需求 %d 项,签约 %d 项,合作总金额 %s 万元" % (year, demands, contracts, ("%d.%06d" % divmod(fen, 10**6)).rstrip("0").rstrip(".")))
    print("通过:%d 条" % found["size"])

if __name__ == "__main__":
    main(sys.argv[1:])

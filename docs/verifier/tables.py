"""The tables of the rules, which are in rules.json, the texts of JSON that columns hold, and what is remembered of a subject (docs/bundle.md 6)."""
import json, pathlib, re

from bundle import need

TABLES = json.loads(pathlib.Path(__file__).with_name("rules.json").read_text("utf-8"))
MACHINES, MOVES, COLUMNS = TABLES["machines"], TABLES["moves"], TABLES["columns"]
def shape(value, form):
    """A value of JSON as rules.json says that it looks, with what may be absent filled in."""
    if isinstance(form, list):
        need(value is None or isinstance(value, list), "不是列表")
        return [shape(item, form[0]) for item in value or []]
    if isinstance(form, dict):
        keys = [(key.rstrip("?"), key.endswith("?"), inner) for key, inner in form["keys"]]
        need(isinstance(value, dict) and list(value) == [k for k, may, _ in keys if not may or k in value] and all(value[k] for k, may, _ in keys if may and k in value), "不是应有的键")
        return {k: shape(value[k], inner) if k in value else [] if isinstance(inner, list) else inner for k, _, inner in keys}
    need(type(value) is type(form) and (type(value) is not int or -2**63 <= value < 2**63), "不是应有的值")
    return value
def compact(value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: "\\u%04x" % ord(found[0]), text)
def read(name, text):
    """Reads JSON that is in the one form in which it is kept."""
    form = TABLES["forms"][name]
    if not text:
        return [] if isinstance(form, list) else {key.rstrip("?"): [] if isinstance(inner, list) else inner for key, inner in form["keys"]}
    value = json.loads(text)
    need(compact(value) == text, "写法不规范: " + name)
    return shape(value, form)
class Subject:
    """What is remembered of something that entries are about."""
    thing, state, version, fixed, owner, deadline, winner, live, least, digest, policy, received = "", "", 0, None, None, "0001-01-01T00:00:00.000000Z", "", 0, 1, "", "", ""
    united, signed, bids, barred, foreign, body = "", "", (), None, (), None
    asked, forever, vetted, material, settled, works, sides, text, accepted, judging, plan = None, None, None, 0, 0, None, None, 0, 0, None, ""

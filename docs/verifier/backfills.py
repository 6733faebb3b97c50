"""What comes into a ledger from lists (docs/bundle.md 6, backfill, past_demand, past_bid), and what proves contracts."""
import hashlib, re

from bundle import blank, digest, instant, need, packed
from tables import COLUMNS, MACHINES, MOVES

ROW = ["number_there", "title", "buyer_id", "seller_id", "field", "collected_date", "date sign_date", "amount_fen total_fen", "demand_number", "channel", "class", "evidence_grade", "registry_number", "text_digest"]

class List:
    """What the entries of a backfill come to."""
    def __init__(self, fixed, officers, source, total, rows):
        self.state, self.fixed, self.officers, self.source, self.total, self.rows = "staged", fixed, officers, source, total, rows
        self.sum, self.taken, self.half = digest(b"jiebang backfill 1\n", packed(source)), 0, ""
class BackfillRules:
    def backfill(self, thing):
        v, fixed, officers = self.v, self.columns("backfill"), self.columns("officers")
        if self.event == "staged":
            self.lists[self.name] = List(fixed, officers, v("source"), v("digest"), self.amount("row_count", -1))
            fits = self.new and self.state == "staged" and self.amount("row_count", -1) > 0 and v("staged_by") and v("source") and v("recorded_count") == "0"
            return need(fits and not v("requested_by") + v("approved_by") and re.fullmatch("[0-9a-f]{64}", v("digest")), "补录批次不能这样开始")
        l = self.lists.get(self.name)
        need(l and MACHINES[thing].get(l.state, {}).get(MOVES[thing].get(self.event, "-")) == self.state, "补录批次的状态不对")
        l.state = self.state
        need(fixed == l.fixed and not l.half and self.amount("recorded_count", -1) == l.taken, "补录批次的内容被改动,或已登记的行数不对")
        if self.event == "approved":
            l.officers = officers
            need(v("requested_by") and v("approved_by") and v("requested_by") != v("approved_by"), "补录未经两人同意")
        need(officers == l.officers, "同意补录的人被改动")
        need(self.event != "completed" or l.taken == l.rows and l.sum.hex() == l.total, "登记的各行不是两人同意的")
        need(self.event not in ("discarded", "stopped") or not blank(v("reason")), "作废补录没有理由")
    def row_of(self, kind):
        """Takes the next row of a backfill."""
        v, l = self.v, self.lists.get("backfills/" + self.v("backfill_id"))
        need(l and l.state == "recording" and not l.half and v("source") == l.source, "所属的补录批次未经两人同意")
        need(self.amount("backfill_row", -1) == l.taken + 1 and l.taken < l.rows, "不是补录批次的下一行")
        name = l.source, kind, v("number_there")
        need(name[2] and name not in self.listed, "台账中的这一行登记了两次")
        self.listed.add(name)
        row = digest(b"jiebang backfill row 1\n", packed(kind, *("".join(v(c) for c in names.split()) for names in ROW)))
        l.taken, l.sum = l.taken + 1, hashlib.sha256(l.sum + row).digest()
        return l
    def evidence(self):
        """What proves a contract, which stays once it has come into force."""
        v, now, nothing = self.v, self.columns("evidence"), [None] * len(COLUMNS["evidence"])
        was, self.proofs[self.name] = self.proofs.get(self.name, nothing), now
        if self.event == "activated":
            return need(now[0] in (None, "a") and now[1:] == nothing[1:], "在平台签署的合同证据等级应为 A")
        if self.event != "recorded":
            return need(now == was, "合同的证据或来源被改动")
        graded, registry = now[0] is not None, now[1]
        scan = re.fullmatch("(?:[0-9a-fA-F]{2})*", v("text_digest"))
        need(scan and registry != "" and (graded or registry is None), "合同的证据写法不对")
        need(not graded or now[0] == ("d" if not v("text_digest") else "b" if registry else "c"), "合同的证据等级与证据不符")
        need(registry is None or registry not in self.registry, "合同登记编号已用于另一份登记的合同")
        self.registry.add(registry)
        if "backfill_id" not in self.row:
            return need("source" not in self.row, "合同有来源而不属于补录批次")
        need(graded, "补录的合同没有证据等级")
        self.row_of("contract")
    def past(self, thing):
        v, fixed = self.v, self.columns("past")
        was, self.s.fixed = self.s.fixed, fixed
        date, collected, kind = v("date"), v("collected_date"), v("kind")
        for day in (date, collected):
            day and instant(day + "T00:00:00.000000Z")
        what, l = thing + "." + self.event, self.lists.get("backfills/" + v("backfill_id"))
        if what == "past_demand.collected":
            need(self.new and kind == "demand" and self.state == "collected" and collected and (not date or collected <= date), "征集的需求不能这样登记")
            self.row_of(kind).half = self.name if date else ""
        elif what == "past_demand.published":
            need(kind == "demand" and self.state == "published" and date and self.new == (not collected), "发布的需求不能这样登记")
            need(self.new or fixed == was and l and l.half == self.name, "发布的需求不能这样登记")
            self.published[v("source"), v("number_there")] = date, v("buyer_id")
            if self.new:
                return self.row_of(kind)
            l.half = ""
        else:
            d = self.published.get((v("source"), v("demand_number")))
            need(what == "past_bid.opened" and self.new and kind == "bid" and self.state == "opened" and not collected, "揭榜不能这样登记")
            need(d and d[1] == v("buyer_id") and date >= d[0], "揭榜所属的需求未曾发布")
            self.row_of(kind)

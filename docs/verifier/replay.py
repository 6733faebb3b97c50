"""Goes over the entries of a ledger in order: what each may say depends on those before it (docs/bundle.md 6 and 7)."""
import datetime, re

from bundle import clock, digest, instant, need, packed, unhex, whole, written
from contracts import ContractRules
from envelope import unseal
from inspections import InspectionRules
from judging import Judging, JudgingRules
from tables import COLUMNS, MACHINES, MOVES, TABLES, Subject

def end(period):
    """The first day after a year, a quarter, a month or a week."""
    found = re.fullmatch("([0-9]{4})(?:-Q([1-4])|-(0[1-9]|1[0-2])|-W([0-5][0-9]))?", period)
    need(found, "期间无效: " + period)
    year, (quarter, month, week) = int(found[1]), found.groups()[1:]
    if week:
        return datetime.date.fromisocalendar(year, int(week), 1) + datetime.timedelta(days=7)
    months = int(quarter) * 3 if quarter else int(month or 12)
    return datetime.date(year + months // 12, months % 12 + 1, 1)
class Replay(ContractRules, InspectionRules, JudgingRules):
    RULES = dict({thing: "follow" for thing in MACHINES}, session="follow", achievement="offer", profile="offer", opinion="aside", question="aside", disclosure="aside", sealing="sealing",
                 opening="opening", token="nothing", ledger="ledger", registry_record="nothing", closure="closure", file="file", export="export", **{t: t for t in "demand bid contract amendment milestone payment registration evaluation sheet objection case".split()})
    def __init__(self):
        self.subjects, self.numbers, self.terms, self.certificates, self.closed, self.years, self.channels, self.withheld, self.doubt = {}, set(), {}, {}, {}, {}, {}, 0, [None, None]
    def add(self, head, row):
        self.sequence, self.time, self.name, self.actor, self.row = int(head["sequence"]), head["time"], head["subject"], head["actor"], row
        thing, _, self.event = head["kind"].partition(".")
        if thing == "cover":
            return need(not row and not head["organization"] and not head["request"], "掩护账目不应有内容")
        self.new, self.s, self.state = self.name not in self.subjects, self.subjects.setdefault(self.name, Subject()), self.v("state")
        need(thing == "ledger" or whole(self.v("version")) == self.s.version + 1, "版本不连续")
        self.s.version += thing != "ledger"
        need(thing in self.RULES, "未知的账目类型 " + head["kind"])
        thing = "person" if thing == "session" else thing
        need(self.s.thing in ("", thing), "账目类型与该对象此前的账目不是一类")
        self.s.thing = thing
        getattr(self, self.RULES[thing])(thing)
        self.s.state = self.state
        self.count(head["kind"], row)
    def count(self, kind, row):  # 7. Totals
        if kind == "demand.published":
            need("field" in row, "需求没有领域")
            at = clock(self.time)
            self.sum(self.years, str(at.year + ((at.month, at.day) == (12, 31) and at.hour >= 16)), 1, 0, 0)
        elif kind in ("contract.activated", "contract.recorded"):
            need("channel" in row and "field" in row and instant(self.v("sign_date") + "T00:00:00.000000Z"), "合同无法统计")
            self.sum(self.years, row["sign_date"][:4], 0, 1, whole(row["total_fen"]))
            self.sum(self.channels, row["channel"], 0, 1, whole(row["total_fen"]))
    def sum(self, groups, key, *amounts):
        groups[key] = [a + b for a, b in zip(groups.get(key, [0, 0, 0]), amounts)]
    def v(self, column):
        return self.row.get(column, "")
    def amount(self, column, bad=-10**15 - 1):
        """A number; one that no column may have, if it is none."""
        try:
            return whole(self.v(column))
        except ValueError:
            return bad
    def columns(self, names):
        return [self.row.get(c) for c in (COLUMNS[names] if isinstance(names, str) else names)]
    def moved(self, thing, move=None, was=None):
        move, was = move or MOVES[thing].get(self.event), self.s.state if was is None else was
        need(move and MACHINES[thing].get(was, {}).get(move) == self.state, "状态不能由 %s 变为 %s" % (was, self.state))
        return move
    def ledger(self, thing):
        names, doubt, sure = self.columns(["display_name", "verifier_key"]), self.columns(["doubted_at", "jump_us"]), [None, None]
        need(self.new == (self.event == "founded") and (self.new or names == self.s.fixed), "账本建账后名称和密钥不得改变")
        need({"founded": doubt == sure, "epoch": doubt == self.doubt, "clock_doubted": self.doubt == sure and doubt[0] == self.time and self.amount("jump_us", 0) not in (0, None),
              "clock_confirmed": self.doubt != sure and doubt == sure}.get(self.event), "时钟的记录前后不符")
        two = {self.v("fact_" + who) for who in ("operator", "approver")}
        need(self.event != "epoch" or len(two) == 2 and all(p.startswith("persons/") for p in two), "接受数据库回退须由两人具名")
        self.s.fixed, self.doubt = names, doubt
    def sure(self, move, *timed):
        need(self.doubt == [None, None] or move not in timed, "时钟存疑期间不得按时间办理")
    def drafting(self, *states):
        """Whether the entry drafts or edits, which it may in some states only."""
        fits = self.state in states and self.new == (self.event == "drafted") and (self.new or self.s.state == self.state)
        need(fits or self.event not in ("drafted", "edited"), "不能在此状态下起草或修改")
        return self.event in ("drafted", "edited")
    def number(self):
        need(self.v("number") and self.v("number") not in self.numbers, "没有编号或编号重复")
        self.numbers.add(self.v("number"))
    def demand(self, thing):
        s, v, fixed, vetted = self.s, self.v, self.columns("published"), self.columns("vetted")
        if self.drafting("draft", "returned"):
            return
        if self.event in ("cancellation_asked", "amendment_asked", "request_refused"):
            return need(s.state == self.state and s.fixed == fixed, "申请本身不改变需求")
        move = TABLES["failures"].get(v("failure"), "-") if self.event == "failed" else MOVES["demand"].get(self.event)
        move = self.moved(thing, {("announced", "award"): "settle", ("awarded", "announce"): "promote"}.get((s.state, move), move))
        self.sure(move, "close", "lapse", "settle", "wilt", "expire")
        if move in ("submit", "vet", "return", "approve", "turn_down"):
            need(move == "submit" or s.vetted == vetted, "论证期间需求内容被改动")
            s.vetted = vetted
            return need(move not in ("approve", "turn_down") or v("vetted_by") not in ("", self.actor), "受理与审批是同一人")
        if move == "publish":
            s.deadline, s.fixed, s.asked, s.forever = instant(v("deadline")), fixed, self.columns("material"), self.columns("forever")
            need("procedure" not in self.row or v("procedure") in TABLES["least_bids"], "办理程序不存在")
            need(s.vetted in (None, vetted) and s.deadline > self.time, "发布的内容不是论证通过的,或截止时间不对")
            s.least = TABLES["least_bids"].get(v("procedure"), 1)
            return self.number()
        if move == "amend":
            need(self.time < s.deadline <= instant(v("deadline")) and s.forever == self.columns("forever"), "变更太迟、提前了截止时间或变更了不可变更的内容")
            if self.columns("material") != s.asked:
                need(v("amended_at") == self.time, "内容变更没有记下变更时间")
                s.asked, s.material = self.columns("material"), self.sequence
            s.deadline, s.fixed = v("deadline"), fixed
        need(s.fixed == fixed, "需求发布后内容被改动")
        need(move not in ("close", "lapse") or self.time >= s.deadline and (s.live + (self.withheld if move == "close" else 0) >= s.least) == (move == "close"), "截止与时间或揭榜份数不符")
        j, winner = s.judging or Judging(), v("winning_bid_id")
        need(move != "award" or self.subjects.get(self.name + "/bids/" + winner, Subject).state == "opened", "中榜的揭榜未曾开启")
        need(move not in ("announce", "promote") or j.state == "closed" and j.until and winner in j.decision["winners"] + j.decision["reserves"], "公示的不是定榜的结果")
        need(move != "settle" or j.state == "closed" and self.time >= j.until and not j.open and winner == s.winner, "定榜与公示不符,公示期未满或有异议")
        s.winner = winner if move in ("award", "announce", "promote") else s.winner
    def received(self, move):
        at = self.v("submitted_at")
        try:
            near = instant(at) <= self.time and clock(self.time) - clock(at) <= datetime.timedelta(minutes=1)
        except ValueError:
            near = False
        return at if near and move != "withdraw" else self.time
    def bid(self, thing):
        s, v = self.s, self.v
        if self.event == "refused":
            d = self.subjects.get(self.name.partition("/refusals/")[0])
            return need("/refusals/" in self.name and d and instant(v("received_at")) >= d.deadline, "按时到达的揭榜被拒收")
        demand, _, own = self.name.partition("/bids/")
        d = self.subjects.get(demand)
        need(d, "账本中没有这个需求")
        if self.drafting("draft"):
            return
        move = self.moved(thing, was="draft" if self.new and self.event == "submitted" else None)
        self.sure(move, "submit", "replace", "withdraw", "confirm")
        if move in ("submit", "replace", "withdraw", "confirm"):
            at = self.time if move == "confirm" else self.received(move)
            need(d.state == "published" and at < d.deadline, "需求当时不接受揭榜")
            d.live += (move in ("submit", "confirm") or (move, s.state) == ("replace", "needs_confirmation")) - ((move, s.state) == ("withdraw", "submitted"))
            s.settled = self.sequence if move != "withdraw" else s.settled
            if move in ("submit", "replace"):
                s.digest, s.policy, s.received = v("content_digest"), v("policy"), at
        elif move in ("unsettle", "lapse"):
            need(move == "unsettle" or d.state not in ("published", "stale") or self.time >= d.deadline, "截止之前失效")
            d.live -= move == "unsettle" or s.state == "submitted"
        elif move in ("open", "spoil"):
            need(d.state == "evaluating" and self.time >= d.deadline and s.settled >= d.material, "截止之前或未经确认而开启")
            if s.policy:
                return self.unseal(s)
            values = own, whole(v("submission")), unhex(v("nonce")), whole(v("amount_fen")), v("proposal")
            need(digest(b"jiebang bid 1\n", packed(*values)).hex() == s.digest, "开启的内容与密封的摘要不符")
        elif move in ("win", "lose") and d.judging:
            need((move == "win") == (s.state == "selected") and (move == "lose" or d.judging.state == "closed"), "与公示的结果不符")
        elif move in ("win", "lose"):
            need((move == "win") == (d.winner == own), "与定榜结果不符")
    def unseal(self, s):
        """The bid is opened if its envelope opens, and else invalid."""
        v, envelope = self.v, unhex(self.v("fact_envelope"))
        need(s.policy in self.terms and re.fullmatch("[0-9a-fA-F]{64}", s.digest) and whole(v("submission")) is not None, "开启的内容不完整")
        shares = {c[11:]: bytes.fromhex(h) for c, h in self.row.items() if c.startswith("fact_share_") and re.fullmatch("[0-9a-fA-F]{64}", h)}
        fault, found = "", None
        try:
            need(digest(envelope) == bytes.fromhex(s.digest), "ENVELOPE_DIGEST")
            found = unseal(envelope, shares, self.terms[s.policy], "organizations/" + v("organization_id"), v("submission"))
        except ValueError as why:
            fault = str(why)
        left = found and v("fault") in ("STANZA_FORGED", "INNER_CONTENT")  # which the first verifier alone finds
        need(left or fault == v("fault") and found in (None, (v("amount_fen"), v("proposal"))), "开启的内容与密封的信封不符")
    def sealing(self, thing):
        v, name = self.v, self.name.partition("/sealings/")[0]
        d, recipients, threshold = self.subjects.get(name), self.v("recipients").split("\n"), whole(self.v("threshold"))
        need(d and self.new and d.state == "published" and d.deadline == instant(v("deadline")), "密封条款与需求不符,或被改动")
        need((v("level"), threshold, len(recipients)) == ("S0", 1, 1) or v("level") == "S1" and 2 <= threshold <= len(recipients) <= 9, "密封条款不对")
        content = unhex(v("terms_digest"))
        policy = digest(b"jiebang policy 1\n", written(("suite", "x25519-chacha20poly1305-sha256"), ("level", v("level")), ("demand", name), ("terms", content),
                                                        ("deadline", v("deadline")), ("threshold", threshold), *(("recipient", r) for r in recipients)))
        need(len(content) == 32 and policy.hex() == v("policy"), "密封条款与其摘要不符")
        self.terms[v("policy")] = v("level").encode(), name.encode(), policy, threshold, recipients
    def opening(self, thing):
        d = self.subjects.get(self.name.partition("/openings/")[0])
        need(d and (self.event != "given" or d.state == "evaluating"), "截止之前提交份额")
    def aside(self, thing):
        need(self.name.partition("/" + thing + "s/")[0] in self.subjects and self.new in TABLES["asides"].get(thing + "." + self.event, []), "次序不对,或没有这个需求")
    def offer(self, thing):
        content, owner, new = self.columns(thing), self.columns(("organization_id", "created_at")), self.new
        was, state = "draft" if new and self.event == "imported" else self.s.state, self.state
        fits = {"drafted": new and state == "draft", "edited": not new and state == was, "imported": state == was or (was, state) == ("draft", "listed"),
                "listed": (was, state) in (("draft", "listed"), ("withdrawn", "listed")), "withdrawn": (was, state) == ("listed", "withdrawn")}
        need(fits.get(self.event), "状态不能由 %s 变为 %s" % (was, state))
        need(self.event not in ("listed", "withdrawn") or content == self.s.fixed, "上架或撤回时内容被改动")
        need(new or owner == self.s.owner, "换了所属单位或创建时间")
        need(thing != "profile" or (state, self.v("kind")) != ("listed", "expert") or self.v("consented") == "true", "专家未同意公开即上架")
        self.s.fixed, self.s.owner = content, owner
    def closure(self, thing):
        """A period is closed once and restated from then on; its figures are for the first verifier."""
        v, before = self.v, self.closed.get(self.v("period"))
        need(self.new and self.event == ("restated" if before else "closed") and v("revision") == str(before[0] + 1 if before else 1), "结账次序不对")
        need(v("size") == str(self.sequence) and v("root") == self.before().hex(), "结账时的条数或树根与账本不符")
        need(not before or v("reason") and v("figures") != before[1], "更正没有改变任何指标,或没有理由")
        need((clock(self.time) + datetime.timedelta(hours=8)).date() >= end(v("period")), "期间尚未结束")
        self.closed[v("period")] = whole(v("revision")), v("figures")
    def file(self, thing):
        fixed = self.columns("file")
        need(self.s.version == 1 or fixed == self.s.fixed, "文件登记后的内容被改动")
        need(self.state in ("complete", "quarantined") or not self.v("attachments"), "被引用的文件处于这一状态")
        self.s.fixed = fixed
        self.follow(thing)
    def export(self, thing):
        need(self.new and self.event == "made", "导出只能记一次")
    def nothing(self, thing):
        """There is nothing more to check."""
    def follow(self, thing):
        states, move = MACHINES[thing], MOVES[thing].get(self.event)
        was, state, first = self.s.state or "registered", self.state or "registered", self.s.version == 1
        need(state in states and not (first and move), "不能以此状态开始")
        need(first or state == (states.get(was, {}).get(move) if move else was), "状态不能由 %s 变为 %s" % (was, state))

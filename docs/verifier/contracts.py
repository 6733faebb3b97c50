"""Contracts and what hangs on them (docs/bundle.md 6, contract, amendment, milestone, payment)."""
import datetime, re

from bundle import blank, clock, digest, instant, need, packed, signed, unhex, words
from tables import COLUMNS, MACHINES, MOVES, Subject, read

def split(total, shares):
    """Divides by the largest remainder."""
    parts = [total * share // sum(shares) for share in shares]
    for i in sorted(range(len(shares)), key=lambda i: -(total * shares[i] % sum(shares)))[:total - sum(parts)]:
        parts[i] += 1
    return parts
class Works:
    """What hangs on a contract that came into force."""
    def __init__(self, total, effective, plan):
        self.current, self.paid, self.accepted, self.effective, self.open, self.numbered, self.scheduled = total, 0, 0, effective, "", 0, 0
        self.parts = [{"share": stage["share"], "amount": amount, "state": "scheduled"} for stage, amount in zip(plan, split(total, [s["share"] for s in plan]))]
class ContractRules:
    def contract(self, thing):
        s, v, fixed, text = self.s, self.v, self.columns("contract"), self.amount("text_version", -1) if self.v("text_version") else 1
        need(0 < self.amount("total_fen") <= 10**15, "合同金额无效")
        need(text == (s.text + 1 if self.event == "revised" else max(s.text, 1)), "合同文本的版次不对")
        s.sides, s.text = self.columns(("buyer_id", "seller_id")), text
        self.joint()
        if self.drafting("drafting"):
            d = self.subjects.get("demands/" + v("demand_id"), Subject)
            return need(self.event == "edited" or d.state == "awarded", "合同所依据的需求尚未定榜")
        if self.event == "recorded":
            need(self.new and self.state == "active" and v("recorded") == "true", "登记的合同状态不对")
        else:
            self.moved(thing)
        s.fixed = fixed if self.event in ("proposed", "revised", "recorded") else s.fixed
        need(fixed == s.fixed, "合同定稿后内容或金额被改动")
        if self.event in ("activated", "recorded"):
            need(self.event == "recorded" or v("buyer_signed_at") and v("seller_signed_at"), "合同生效但缺少一方签署")
            plan = read("plan", v("plan"))
            dues = [instant(stage["due"] + "T00:00:00.000000Z") for stage in plan]
            need(dues == sorted(dues) and all(s["share"] > 0 and not any(map(blank, [s["title"]] + s["indicators"])) for s in plan), "里程碑计划无效")
            need(not plan or sum(s["share"] for s in plan) == 10**4, "里程碑计划无效")
            self.clauses(read("clauses", v("clauses")), self.amount("total_fen"))
            s.works = Works(self.amount("total_fen"), self.time, plan)
            self.number()
        if self.event in ("completed", "completion_confirmed", "terminated") and s.works:
            need("amount_paid_fen" not in self.row or s.works.paid <= self.amount("amount_paid_fen") <= s.works.current, "已付金额与付款或现合同额不符")
            need(self.event != "completed" or not s.works.open and all(p["state"] in ("met", "waived") for p in s.works.parts), "里程碑或变更未办结,合同即完成")
        elif self.event not in ("recorded", "completed", "completion_confirmed", "terminated"):
            form = 4 if v("consortium") else 3 if v("clauses") else 1 if text <= 1 and not v("plan") else 2
            values = [self.name.removeprefix("contracts/")] + [v(c) for c in "buyer_id seller_id broker_id title class field channel".split()]
            values += [self.amount("total_fen"), unhex(v("text_digest"))] + ([] if form == 1 else [text, v("plan")]) + ([v("clauses")] if form >= 3 else []) + ([v("consortium")] if form == 4 else [])
            content = digest(b"jiebang contract %d\n" % form, packed(*values))
            self.signatures(content)
            self.side(content)
    def clauses(self, c, total):
        need(c["vat"] in ("", "included", "excluded") and 0 <= c["technical_fen"] <= total, "价款构成无效")
        if "insurer" in c["insurance"]:
            i = c["insurance"]
            need(not blank(i["insurer"]) and 0 < i["cover_fen"] <= 10**15 and 0 <= i["subsidy_fen"] <= i["premium_fen"] <= 10**15, "揭榜险无效")
        if "from" in c["trial"]:
            t = c["trial"]
            need(instant(t["from"] + "T00:00:00.000000Z") <= instant(t["until"] + "T00:00:00.000000Z") and not blank(t["terms"]), "先用后转无效")
    def signatures(self, content):
        for side in ("buyer", "seller"):
            text = self.v(side + "_signature")
            if text:
                need(self.v(side + "_signed_at"), "签名不规范")
                self.fits(text, content)
    def fits(self, text, content):
        need(re.fullmatch("ed25519 [0-9a-f]{64} [0-9a-f]{128}", text), "签名不规范")
        need(signed(bytes.fromhex(text[8:72]), content, bytes.fromhex(text[73:])), "签名与所签条款不符")
    def hang(self, thing, closing):
        k = self.subjects.get("contracts/" + self.v("contract_id"), Subject)
        need(k.works and self.name.startswith("contracts/" + self.v("contract_id") + "/"), "所属合同未曾生效")
        need(k.state == "active" or self.event == closing and k.state == "terminated", "所属合同已终结")
        fixed = self.columns(["contract_id", "created_at"] + COLUMNS[thing])
        need(k.sides == self.columns(("buyer_id", "seller_id")) and (self.new or fixed == self.s.fixed), "不可改动的内容被改动")
        self.s.fixed = fixed
        return k.works
    def amendment(self, thing):
        v, w = self.v, self.hang(thing, "withdrawn")
        total, difference = self.amount("new_total_fen"), self.amount("difference_fen")
        if self.event == "drafted":
            need(self.new and self.state == "draft" and not w.open and self.amount("number", -1) == w.numbered + 1 and 0 < total <= 10**15 and w.current + difference == total, "变更不能起草")
            w.open, w.numbered = self.name, w.numbered + 1
            return
        need(not self.new, "变更未经起草")
        self.follow(thing)
        values = self.name.partition("/amendments/")[2], v("contract_id"), self.amount("number", -1), total - difference, total, " ".join(words(v("reasons"))), v("explanation")
        self.signatures(digest(b"jiebang amendment 1\n", packed(*values, unhex(v("text_digest")))))
        move = MOVES[thing].get(self.event)
        w.open = "" if move in ("withdraw", "refuse", "activate") else w.open
        if move == "activate":
            need(v("buyer_signed_at") and v("seller_signed_at") and w.current + difference == total and v("effective_at") == self.time > w.effective, "变更生效的条件不符")
            loose = [p for p in w.parts if "reassess" in MACHINES["milestone"].get(p["state"], {})]
            left = total - sum(p["amount"] for p in w.parts if p not in loose)
            need(total >= max(w.paid, w.accepted) and (not w.parts or left >= 0 and (loose or left == 0)), "变更后的总额与已付、已验收或里程碑不符")
            w.current, w.effective = total, self.time
            for part, amount in zip(loose, split(left, [p["share"] for p in loose])):
                part["amount"] = amount
    def milestone(self, thing):
        v, s, w, n = self.v, self.s, self.hang(thing, "cancelled"), self.amount("number", -1)
        self.follow(thing)
        need(1 <= n <= len(w.parts) and (not self.new or (self.event, self.state, n) == ("scheduled", "scheduled", w.scheduled + 1)), "里程碑不在合同的计划中")
        w.scheduled, part, now = max(w.scheduled, n), w.parts[n - 1], self.amount("accepted_fen")
        need((self.amount("share", -1), self.amount("amount_fen")) == (part["share"], part["amount"]), "里程碑的占比或金额与计划不符")
        move = MOVES[thing].get(self.event)
        need(now == part["amount"] if move == "accept" else s.accepted < now < part["amount"] if move == "accept_partly" else now == s.accepted, "已验收金额不对")
        w.accepted, s.accepted, part["state"] = w.accepted + now - s.accepted, now, self.state
        need(move != "waive" or v("buyer_waived_at") and v("seller_waived_at"), "里程碑豁免但缺少一方同意")
        need(move != "fail" or MACHINES[thing].get(s.state) and (clock(self.time) + datetime.timedelta(hours=8)).date().isoformat() > v("due_date"), "到期日未过即认定未交付")
    def payment(self, thing):
        v, w, kind, amount = self.v, self.hang(thing, "voided"), self.v("kind"), self.amount("amount_fen")
        self.follow(thing)
        need(kind in ("instalment", "prepayment", "refund", "deposit", "escrow") and 0 < (-amount if kind == "refund" else amount) <= 10**15, "付款的种类或金额不对")
        need((v("milestone_id") != "") == (kind == "instalment") and (not blank(v("holder"))) == (kind in ("deposit", "escrow")), "付款的对象不对")
        need(not self.new or (self.event, self.state) == ("planned", "planned"), "付款不能以此开始")
        if self.event == "confirmed" and kind in ("instalment", "prepayment", "refund"):
            w.paid += amount
            need(0 <= w.paid <= w.current, "实付额超出现合同额,或退款超出实付额")
    def registration(self, thing):
        """认定登记: a contract's certificate. Working days are not checked: their calendar is no part of a ledger."""
        v, s, k = self.v, self.s, self.subjects.get("contracts/" + self.v("contract_id"), Subject)
        need(k.state in ("active", "completed", "terminated") and self.name.startswith("contracts/" + v("contract_id") + "/registrations/"), "所属合同未曾生效")
        need(k.sides == self.columns(("buyer_id", "seller_id")), "双方与所属合同不同")
        fixed, certified = self.columns(("contract_id", "registry", "created_at")), self.columns("certificate")
        need((self.new or fixed == s.fixed) and self.certifiable("claimed_"), "不可改动的内容被改动,或申报的技术交易额无效")
        s.fixed = fixed
        if self.event == "drafted":
            s.owner = certified
            return need(self.new and self.state == "not_filed" and k.state == "active" and not v("number"), "认定登记不能起草")
        move, counted = self.moved(thing), s.state in ("registered", "changed")
        if move in ("register", "change"):
            s.owner = certified
            need(k.state != "terminated" and re.fullmatch("[0-9]{14}|[0-9]{16}", v("number")) and self.certifiable(""), "登记编号或金额无效,或合同已解除")
            need(v("confirmed_by") and v("recorded_by") and v("confirmed_by") != v("recorded_by"), "录入与复核不是两人")
            need(counted or s.state != "expert_review" or v("review"), "专家未评审即登记")
            need(counted or s.state == "expert_review" or self.amount("technology_fen") < 5 * 10**8 and v("disputed") != "true", "达到限额或有争议,未经专家评审即登记")
            need(self.certificates.setdefault(v("number"), self.name) == self.name, "登记编号已用过")
        need(certified == s.owner, "证书的内容被改动")
        need(move != "file" or k.state == "active", "合同不在有效期内即申请认定登记")
        need(move != "remind" or self.time >= instant(v("due_at")), "期限未到即提醒")
    def certifiable(self, prefix):
        total, technology = self.amount(prefix + "total_fen"), self.amount(prefix + "technology_fen")
        return 0 < total <= 10**15 and 0 < technology <= total

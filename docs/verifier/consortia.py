"""Consortia: who bids together, what excludes such a bid, and how they sign (docs/bundle.md 6, bid and contract)."""
from bundle import need, whole
from tables import TABLES, Subject, compact, read

REASONS = ["CONSORTIUM_MEMBER_UNKNOWN", "CONSORTIUM_MEMBER_STANDING", "CONSORTIUM_DEMANDER", "CONSORTIUM_MEMBER_BIDS", "CONSORTIUM_MEMBER_SHARED"]
def written_members(members):
    """The members of an envelope's content as the column consortium has them."""
    rows = []
    for m in members:
        rows.append({"member": m["organization"].removeprefix("organizations/"), "share": whole(m["share_basis_points"])})
        if m["task"]:
            rows[-1]["task"] = m["task"]
    return compact(rows) if rows else ""
def beside(members, lead):
    return [m["member"] for m in members if m["member"] != lead]
class ConsortiumRules:
    def members(self, lead):
        """The members, who are a consortium."""
        members = read("consortium", self.v("consortium"))
        names = [m["member"] for m in members]
        need(not members or len(members) <= 200 and all(0 < m["share"] <= 10000 for m in members) and sum(m["share"] for m in members) == 10000, "联合体的份额合计不是 100%")
        need(not members or lead in names and len(set(names)) == len(names), "联合体没有牵头单位,或成员重复")
        return members
    def opened(self, d, demand, own):
        """A bid was opened or could not be. With the last of the demand it is decided which are excluded."""
        d.live, self.s.united = d.live - 1, self.v("consortium")
        self.s.fixed = self.columns("bid")
        d.bids = *d.bids, (own, self.v("organization_id"), self.members(self.v("organization_id")))
        if d.live > 0:
            return
        leads, named, d.barred = {lead for _, lead, _ in d.bids}, {}, {}
        for _, lead, members in d.bids:
            for m in beside(members, lead):
                named[m] = named.get(m, 0) + 1
        for name, lead, members in d.bids:
            firm, others = self.body(d.owner), beside(members, lead)
            whys = [self.stands(m, d.owner, firm) or (m in leads and REASONS[3]) or (named[m] > 1 and REASONS[4]) for m in others]
            ranks = [REASONS.index(why) for why in whys if why]
            foreign = members and not firm or any(not self.ours(m) for m in others)
            if ranks or foreign:
                d.barred[name] = min(ranks, default=None), bool(foreign)
        d.foreign = {name: rank for name, (rank, foreign) in d.barred.items() if foreign}
        d.barred = {name: rank for name, (rank, _) in d.barred.items() if rank is not None}
    def ours(self, organization):
        return organization.startswith("o" + self.home + "-")
    def body(self, organization):
        return self.subjects.get("organizations/" + organization, Subject).body
    def stands(self, organization, owner, firm):
        """What is wrong with a member by itself. One of another jurisdiction is in another ledger."""
        if not self.ours(organization):
            return ""
        body = self.body(organization)
        if not body:
            return REASONS[0]
        if body[2] in ("suspended", "closed") or body[0] not in TABLES["bidders"]:
            return REASONS[1]
        return REASONS[2] if organization == owner or firm and firm[1] == body[1] else ""
    def exclude(self, d, own):
        need(d.barred is not None, "尚有未开启的揭榜书")
        want, stated = d.barred.get(own), REASONS.index(self.v("fault"))
        need(stated == want or own in d.foreign and stated <= 2 and (want is None or stated <= want), "揭榜书无效的原因与账本中的各份揭榜书不符")
        d.barred.pop(own, None)
    def joint(self):
        """The consortium of a contract is that of the bid that won, and its members sign one after another."""
        s, v = self.s, self.v
        d = self.subjects.get("demands/" + v("demand_id"))
        b = d and self.subjects.get("demands/%s/bids/%s" % (v("demand_id"), d.winner))
        if self.event in ("drafted", "edited", "proposed", "revised", "recorded"):
            need(v("consortium") == (b.united if b and self.event != "recorded" else ""), "合同的联合体与中榜的揭榜书不符")
        before, after = read("member_signatures", s.signed), read("member_signatures", v("member_signatures"))
        if self.event in ("drafted", "edited", "proposed", "revised", "recorded"):
            before = []
        elif self.event in ("signed", "activated") and len(after) == len(before) + 1:
            need(after.pop()["at"] == self.time, "联合体成员的签署时间不对")
        need(before == after, "联合体成员的签署被改动")
        s.signed = v("member_signatures")
        need(self.event != "activated" or set(beside(self.members(v("seller_id")), v("seller_id"))) <= {one["member"] for one in read("member_signatures", s.signed)}, "合同生效但缺少联合体成员的签署")
    def side(self, content):
        """Who has signed is a member beside the lead, each once, and a signature is over the terms."""
        others, signed = beside(self.members(self.v("seller_id")), self.v("seller_id")), read("member_signatures", self.v("member_signatures"))
        names = [one["member"] for one in signed]
        need(len(set(names)) == len(names) and set(names) <= set(others), "签署的不是联合体成员,或重复签署")
        for one in signed:
            if one["signature"]:
                self.fits(one["signature"], content)

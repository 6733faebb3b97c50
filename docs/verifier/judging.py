"""How the bids of a demand are judged (docs/bundle.md 6, evaluation, sheet, objection)."""
import fractions

from bundle import SPACES, blank, digest, instant, need, packed, unhex, words
from tables import TABLES, compact, read

class Judging:
    def __init__(self):
        self.state, self.until, self.decision, self.sheets, self.open = "", "", {"winners": [], "reserves": []}, {}, set()
class JudgingRules:
    def judged(self):
        d = self.subjects.get("/".join(self.name.split("/")[:2]))
        need(d, "账本中没有这个需求")
        d.judging = d.judging or Judging()
        return d
    def evaluation(self, thing):
        d, s, v = self.judged(), self.s, self.v
        j, plan = d.judging, v("plan")
        self.moved(thing, was="planned" if s.version == 1 else None)
        need(d.state in TABLES["private"] if self.event == "planned" else s.plan in ("", plan), "评审标准在需求发布后被改动")
        s.plan, j.state = plan, self.state
        if self.event == "panel_drawn":
            self.drawn(read("draw", v("draw")), read("panel", v("panel")))
        elif self.event == "scored":
            self.ranked(j, read("criteria", plan))
        elif self.event == "closed":
            self.decided(j, read("decision", v("decision")), [p["bid"] for p in read("ranking", v("ranking"))], read("feedback", v("feedback")))
        elif self.event in ("announced", "promoted"):
            j.until = instant(v("standstill_until"))
            need(j.until > self.time, "公示期没有结束时间")
    def drawn(self, draw, panel):
        seeds = [unhex(one["seed"]) for one in draw["seeds"]]
        need(all(digest(b"jiebang seed 1\n", seed) == unhex(one["commitment"]) for seed, one in zip(seeds, draw["seeds"])), "种子与承诺不符")
        seed, left, n, again = digest(b"jiebang draw 1\n", packed(draw["demand"], *seeds)), sorted(set(draw["eligible"])), 0, []
        while len(again) < draw["number"] and left:
            limit = value = 2**64 - 1 - (2**64 - 1) % len(left)
            while value >= limit:
                value, n = int.from_bytes(digest(seed, n.to_bytes(8, "big"))[:8], "big"), n + 1
            again.append(left.pop(value % len(left)))
        need(again and again == draw["drawn"] == [p["expert"] for p in panel], "专家组与公开的种子抽出的不同")
    def ranked(self, j, plan):
        names, weights, scale = [c["name"] for c in plan["criteria"]], [c["weight"] for c in plan["criteria"]], plan["scale"]
        need(0 < len(names) <= 20 and len(set(names)) == len(names) and all(0 < len(n) <= 60 and n == n.strip(SPACES) for n in names), "评审标准不对")
        need(all(w > 0 for w in weights) and sum(weights) == 100 and scale in (5, 100) and 0 <= plan["tolerance"] <= 100, "评审标准不对")
        scores = {}
        for state, _, bid, points, _ in j.sheets.values():
            if state == "locked":
                need(len(points) == len(weights) and all(-1 <= n <= scale for n in points) and max(points) >= 0, "评分表的评分与评审标准不符")
                given = [(n, w) for n, w in zip(points, weights) if n >= 0]
                scores.setdefault(bid, []).append(fractions.Fraction(sum(n * w for n, w in given) * 100, sum(w for _, w in given) * scale))
        start, entrants = self.name.rpartition("/")[0] + "/bids/", []
        for name, b in self.subjects.items():
            bid = name.removeprefix(start)
            if bid != name and b.state in ("opened", "shortlisted") and bid in scores:
                entrants.append((-sum(scores[bid]) / len(scores[bid]), b.received, bid))
        want = [{"bid": bid, "score": str(-mean), "sheets": len(scores[bid])} for mean, _, bid in sorted(entrants)]
        need(compact(want) == self.v("ranking"), "排名与评分表算出的不同")
    def decided(self, j, decision, ranked, feedback):
        winners, out, told = decision["winners"], [o["bid"] for o in decision["disqualified"]], {f["bid"] for f in feedback if f["sentence"]}
        chosen, left = winners + decision["reserves"], [b for b in ranked if b not in out]
        need(told.issuperset(b for b in left if b not in winners), "有未中榜的揭榜没有反馈即结束评榜")
        need(len(set(chosen + out)) == len(chosen + out) and set(chosen + out) <= set(ranked) and not any(blank(o["reason"]) for o in decision["disqualified"]), "定榜的揭榜不在排名中")
        need(winners and chosen == left[:len(chosen)] or not blank(decision["reason"]), "定榜与排名不符且无理由")
        need(self.v("decided_by") != self.v("named_by"), "组建专家组与定榜的是同一人")
        j.decision = decision
    def sheet(self, thing):
        j, v = self.judged().judging, self.v
        before = j.sheets.get(self.name, ("", "", "", [], ""))
        now = j.sheets[self.name] = self.state, v("organization_id"), v("bid_id"), read("points", v("points")), v("points")
        if self.event == "assigned":
            barred = any(hint in TABLES["barring_hints"] for hint in words(v("hints")))
            return need(self.s.version == 1 and self.state == ("recused" if barred else "assigned"), "评分表不能以此状态开始")
        self.moved(thing)
        need(before[0] != "locked" or self.event == "reopened" or now[4] == before[4], "评分表锁定后评分被改动")
        need(before[1:3] == now[1:3], "评分表换了专家或揭榜")
    def objection(self, thing):
        d = self.judged()
        (d.judging.open.add if self.state in ("filed", "admissible") else d.judging.open.discard)(self.name)
        if self.event == "filed":
            return need(self.s.version == 1 and self.state == "filed" and d.state == "announced" and self.time < d.judging.until, "异议不在公示期内")
        self.moved(thing)
        need(self.v("decided_by") == "" or self.v("decided_by") != self.v("reviewed_by"), "审查与裁决异议的是同一人")

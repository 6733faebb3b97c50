"""How an authority looks into something (docs/bundle.md 6, case)."""
from bundle import blank, need
from tables import TABLES, read

class InspectionRules:
    def case(self, thing):
        s, v, fixed = self.s, self.v, self.columns("case")
        need(self.new or fixed == s.fixed, "监测案件的立案内容被改动")
        found, said = read("violations", v("violations")), [v(c) for c in ("decision", "activated_at", "conclusion", "concluded_by", "concluded_at")]
        need(bool(found) == bool(v("violations")), "监测案件的问题写法不规范")
        was, s.fixed, s.inspected = s.inspected, fixed, (found, v("violations"), v("answers"), said)
        if self.event == "opened":
            indicator = v("cause") == "indicator"
            quiet = self.new and self.state == "draft" and not any(said) and not v("violations") + v("answers") and v("opened_by") == self.actor
            return need(quiet and indicator == bool(v("finding")) == bool(v("evidence")), "监测案件不能这样立案")
        move = self.moved(thing)
        concludes = move in ("address", "decline")
        need(concludes or move == "activate" or said == was[3], "监测案件的决定或结论被改动")
        need(concludes or move == "complete" or v("violations") == was[1], "监测案件的问题被改动")
        need(move == "answer" or v("answers") == was[2], "监测案件的答复被改动")
        if move == "answer":
            before, now = read("answers", was[2]), read("answers", v("answers"))
            need(len(now) == len(before) + 1 <= 40 and now[:-1] == before, "监测案件的答复不是在原有答复之后添加的")
            need(now[-1]["organization"] in {v("demander_id"), v("solver_id")} - {""} and now[-1]["state"] == s.state and now[-1]["text"] and now[-1]["time"] == self.time, "监测案件的答复不是被监测方当时作出的")
        elif move == "activate":
            need(v("decision") and v("activated_at"), "启动监测没有决定")
        elif concludes:
            types = [one["type"] for one in found]
            need(len(set(types)) == len(types) and set(types) <= set(TABLES["violation_types"]) and not any(blank(one["text"]) or one["resolution"] or one["words"] for one in found), "监测的结论与问题不符")
            need((move == "address") == bool(found) and v("conclusion"), "监测的结论与问题不符")
            need(v("concluded_by") == self.actor != v("opened_by"), "立案与作结论的是同一人")
        elif move == "complete":
            same = [(one["type"], one["text"]) for one in found] == [(one["type"], one["text"]) for one in was[0]]
            need(same and all(one["resolution"] == "eliminated" or one["resolution"] in ("not_eliminated", "no_mechanism") and not blank(one["words"]) for one in found), "有问题没有写明整改结果,或问题被改动")

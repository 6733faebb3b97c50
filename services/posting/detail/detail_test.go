package detail_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/posting/detail"
)

// whole has every field.
func whole() detail.Detail {
	return detail.Detail{Indicators: []detail.Indicator{{Name: "白度", Operator: detail.AtLeast, Value: "95.50", Unit: "%", Test: "GB/T 5950", Tester: "第三方", Mandatory: true},
		{Name: "粒径", Operator: detail.Between, Value: "0.5", High: "1.20", Unit: "μm"}}, Waiver: "w", Restatement: "<界面>", Industries: []string{"C2613"}, Disciplines: []string{"E0208"},
		Modes: []string{"commission"}, Property: "p", TRLNow: 3, TRLWanted: 6, Delivery: "d", Criteria: []detail.Criterion{{Name: "方案", Weight: 60}, {Name: "报价", Weight: 40}}}
}

// TestEncodingIsForever pins what is stored and stands in the ledger.
func TestEncodingIsForever(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{detail.Detail{}.Encode(), ""},
		{whole().Encode(), `{"indicators":[{"name":"白度","operator":"at_least","value":"95.50","unit":"%","test":"GB/T 5950","tester":"第三方","mandatory":true},` +
			`{"name":"粒径","operator":"between","value":"0.5","high":"1.20","unit":"μm"}],"waiver":"w","restatement":"<界面>","industries":["C2613"],"disciplines":["E0208"],` +
			`"modes":["commission"],"property":"p","trl_now":3,"trl_wanted":6,"delivery":"d","criteria":[{"name":"方案","weight":60},{"name":"报价","weight":40}]}`},
		{detail.Gated{Nonce: "00"}.Encode(), ""},
		{detail.Gated{Nonce: "00", NDA: "甲", Winner: "乙"}.Encode(), `{"nonce":"00","nda":"甲","winner":"乙"}`},
		{detail.Digest(`{"nonce":"00","nda":"甲"}`), "745b332d0fbb60fc1447f60f45bfa2f5f4516b65a014396970cee7ff5f2f34c4"},
		{detail.Digest(""), ""},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	back, err := detail.Decode(whole().Encode())
	if diff := cmp.Diff(whole(), back); err != nil || diff != "" {
		t.Errorf("read again: %v %s", err, diff)
	}
	for _, wrong := range []string{"{", `{"other":1}`, "{} {}", "[]"} {
		if _, err := detail.Decode(wrong); err == nil {
			t.Errorf("%s is read", wrong)
		}
	}
}

// TestMeets compares measured values with what is wanted, at the edges and beyond what a floating-point number tells apart.
func TestMeets(t *testing.T) {
	for _, test := range []struct {
		operator           detail.Operator
		value, high, given string
		want               bool
	}{
		{detail.AtLeast, "95", "", "95.000", true}, {detail.AtLeast, "95", "", "94.999999999999", false}, {detail.AtMost, "-1", "", "-1", true}, {detail.AtMost, "-1", "", "-0.999", false},
		{detail.Equal, "0.1", "", "0.10", true}, {detail.Equal, "0.1", "", "0.100000000001", false}, {detail.Below, "2", "", "2", false}, {detail.Above, "2", "", "2.1", true},
		{detail.Between, "0.5", "1.2", "0.5", true}, {detail.Between, "0.5", "1.2", "1.2", true}, {detail.Between, "0.5", "1.2", "1.21", false}, {detail.Between, "0.5", "1.2", "0.49", false},
		{detail.AtLeast, "100000000000000001", "", "100000000000000000", false},
	} {
		got, err := detail.Indicator{Operator: test.operator, Value: test.value, High: test.high}.Meets(test.given)
		if err != nil || got != test.want {
			t.Errorf("%+v: got %v %v", test, got, err)
		}
	}
	for _, wrong := range []string{"", "约95", "1e3", "0x10", "01", "1.", ".5", "+1", "1/2", " 1", "1000000000000000000000"} {
		if _, err := (detail.Indicator{Operator: detail.AtLeast, Value: "1"}).Meets(wrong); !errors.Is(err, detail.ErrDecimal) {
			t.Errorf("%q: got %v, want ErrDecimal", wrong, err)
		}
	}
}

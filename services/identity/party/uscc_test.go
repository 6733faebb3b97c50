package party_test

import (
	"errors"
	"testing"

	"github.com/jiebang/jiebang/services/identity/party"
)

// TestCheckCode uses the worked examples of GB 32100-2015 and codes of real bodies, one of which fails its check digit.
func TestCheckCode(t *testing.T) {
	for _, test := range []struct {
		text  string
		check party.CodeCheck
		err   error
	}{
		{"91350100M000100Y43", party.Valid, nil},
		{"9131000063159284XQ", party.Valid, nil},
		{" 91350100m000100y43 ", party.Valid, nil},
		{"91350211M0000XUF46", party.CheckFailed, nil},
		{"91350100M0001TGQXM", party.CheckFailed, nil},
		{"91350100M000100Y4Z", "", party.ErrCodeSign},
		{"91350100M000100Y4", "", party.ErrCodeLength},
		{"91350100M000100Y433", "", party.ErrCodeLength},
		{"91350100M000100Y4一", "", party.ErrCodeSign},
		{"", "", party.ErrCodeLength},
	} {
		_, check, err := party.CheckCode(test.text)
		if check != test.check || !errors.Is(err, test.err) {
			t.Errorf("%q: got %q %v, want %q %v", test.text, check, err, test.check, test.err)
		}
	}
	if _, check, err := party.CheckCode(party.PlaceholderCode("330182")); check != party.Valid || err != nil {
		t.Errorf("the placeholder: got %q %v", check, err)
	}
}

// TestRolesBelongOnce makes sure that no role is a bureau's and another organization's at once.
func TestRolesBelongOnce(t *testing.T) {
	for _, r := range []party.Role{party.Editor, party.Signer, party.Operator, party.Auditor, party.Admin} {
		for _, k := range []party.Kind{party.Enterprise, party.University, party.Institute, party.Broker} {
			if r.For(k) == r.For(party.Bureau) {
				t.Errorf("%s belongs to %s and to a bureau alike: %v", r, k, r.For(k))
			}
		}
	}
	if party.Role("owner").For(party.Bureau) || party.Role("").For(party.Enterprise) {
		t.Error("a role that is none belongs to somebody")
	}
}

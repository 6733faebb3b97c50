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

// TestRolesBelong makes sure that no role but the custodian's is an authority's and a trader's at once, and that the three administrators are three.
func TestRolesBelong(t *testing.T) {
	for _, r := range party.Roles {
		trade, authority := false, false
		for _, k := range party.Kinds {
			if r.For(k) && k.Public() {
				authority = true
			} else if r.For(k) {
				trade = true
			}
		}
		if (trade && authority) != (r == party.Custodian) || !trade && !authority {
			t.Errorf("%s: a trader's %v, an authority's %v", r, trade, authority)
		}
	}
	if party.Role("chief").For(party.Bureau) || party.Role("").For(party.Enterprise) {
		t.Error("a role that is none belongs to somebody")
	}
	for _, c := range []struct {
		roles []party.Role
		err   error
	}{
		{[]party.Role{party.Sysadmin, party.Secadmin}, party.ErrRolesApart}, {[]party.Role{party.Secadmin, party.Auditadmin}, party.ErrRolesApart},
		{[]party.Role{party.Auditadmin, party.Operator, party.Sysadmin}, party.ErrRolesApart}, {[]party.Role{party.Secadmin, party.Operator, party.Auditor}, nil},
		{[]party.Role{party.Signer}, party.ErrRoleForeign},
	} {
		if err := party.CheckRoles(party.Bureau, c.roles); !errors.Is(err, c.err) {
			t.Errorf("%v: got %v, want %v", c.roles, err, c.err)
		}
	}
}

// Package reference_test reads the code lists as anyone does, over gRPC without a token.
package reference_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	lists "github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// open runs a market on SQLite: no database has a part in code lists.
func open(t *testing.T) *markettest.Market {
	t.Helper()
	return markettest.Open(t, storagetest.SQLite(t))
}

// walk reads all pages of a list, which are full but for the last.
func walk(t *testing.T, m *markettest.Market, req *pb.ListCodesRequest) (found []*pb.Code) {
	t.Helper()
	full := int(min(req.GetPageSize(), 200))
	if full == 0 {
		full = 30
	}
	for {
		resp := markettest.Must(m.Codes.ListCodes(t.Context(), req))(t)
		found = append(found, resp.GetCodes()...)
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return found
		}
		if len(resp.GetCodes()) != full {
			t.Fatalf("got a page of %d, want %d", len(resp.GetCodes()), full)
		}
	}
}

// TestWholeLists reads each list whole in pages of several sizes, and each code of the short ones by itself.
func TestWholeLists(t *testing.T) {
	t.Parallel()
	m := open(t)
	all := markettest.Must(m.Codes.ListCodeLists(t.Context(), &pb.ListCodeListsRequest{}))(t).GetCodeLists()
	if len(all) != len(lists.Lists()) {
		t.Fatalf("got %d lists, want %d", len(all), len(lists.Lists()))
	}
	for i, info := range lists.Lists() {
		want := &pb.CodeList{Name: "codeLists/" + string(info.ID), Kind: info.Kind, DisplayName: info.Title, Version: info.Version, Source: info.Source, Licence: info.Licence,
			CodeCount: int32(info.Count)}
		if !proto.Equal(all[i], want) {
			t.Errorf("got %v, want %v", all[i], want)
		}
		for _, name := range []string{string(info.ID), info.Kind} {
			if got := markettest.Must(m.Codes.GetCodeList(t.Context(), &pb.GetCodeListRequest{Name: "codeLists/" + name}))(t); !proto.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
		for _, size := range []int32{7, 200, 0, 201} {
			if size == 7 && info.Count > 100 {
				continue
			}
			found := walk(t, m, &pb.ListCodesRequest{Parent: want.Name, PageSize: size})
			at := 0
			for c := range lists.All(info.ID) {
				if at < len(found) && (found[at].GetCode() != c.Code || found[at].GetDisplayName() != c.Name || found[at].GetEnglish() != c.NameEN ||
					found[at].GetLevel() != int32(c.Level) || found[at].GetLeaf() != c.Leaf || len(found[at].GetAncestors()) != c.Level-1) {
					t.Errorf("%s in pages of %d: got %v, want %+v", info.ID, size, found[at], c)
				}
				at++
			}
			if at != len(found) {
				t.Errorf("%s in pages of %d: got %d codes, want %d", info.ID, size, len(found), at)
			}
			for _, c := range found[:min(len(found), 30)] {
				if got := markettest.Must(m.Codes.GetCode(t.Context(), &pb.GetCodeRequest{Name: c.GetName()}))(t); !proto.Equal(got, c) {
					t.Errorf("got %v, listed %v", got, c)
				}
			}
		}
	}
}

// TestCodes restricts lists.
func TestCodes(t *testing.T) {
	t.Parallel()
	m := open(t)
	for _, test := range []struct {
		req  *pb.ListCodesRequest
		want string
	}{
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Under: "C26"}, "C261 C262 C263 C264 C265 C266 C267 C268"},
		{&pb.ListCodesRequest{Parent: "codeLists/gbt4754-2017", Under: "c261"}, "C2611 C2612 C2613 C2614 C2619"},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Under: "C2613"}, ""},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Level: 1, Query: "农"}, "A"},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Under: "C", Query: " 化学 "}, "C26 C28"},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Query: "c261"}, "C261 C2611 C2612 C2613 C2614 C2619"},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Query: "水泥"}, "C301 C3011 C302 C3021 C3023 C3029"},
		{&pb.ListCodesRequest{Parent: "codeLists/industries", Query: "%"}, ""}, {&pb.ListCodesRequest{Parent: "codeLists/industries", Level: 5}, ""},
		{&pb.ListCodesRequest{Parent: "codeLists/disciplines", Query: "CERAMIC", Level: 2}, "E0203 E0204 E0212"},
		{&pb.ListCodesRequest{Parent: "codeLists/trl", Query: "中试"}, "6"},
		{&pb.ListCodesRequest{Parent: "codeLists/fields", Query: "new_"}, "NEW_MATERIALS NEW_ENERGY"},
	} {
		var got []string
		for _, c := range walk(t, m, test.req) {
			got = append(got, c.GetCode())
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v: got %v, want %s", test.req, got, test.want)
		}
	}
	c := markettest.Must(m.Codes.GetCode(t.Context(), &pb.GetCodeRequest{Name: "codeLists/industries/codes/c2613"}))(t)
	want := &pb.Code{Name: "codeLists/gbt4754-2017/codes/C2613", Code: "C2613", DisplayName: "无机盐制造", Level: 4, Leaf: true, Ancestors: []*pb.Code_Ancestor{
		{Code: "C", DisplayName: "制造业"}, {Code: "C26", DisplayName: "化学原料和化学制品制造业"}, {Code: "C261", DisplayName: "基础化学原料制造"}}}
	if !proto.Equal(c, want) {
		t.Errorf("got %v, want %v", c, want)
	}
}

// TestRefusals asks for what is not there, and reads on in another list.
func TestRefusals(t *testing.T) {
	t.Parallel()
	m := open(t)
	token := markettest.Must(m.Codes.ListCodes(t.Context(), &pb.ListCodesRequest{Parent: "codeLists/industries", PageSize: 1}))(t).GetNextPageToken()
	if by := markettest.Must(m.Codes.ListCodes(t.Context(), &pb.ListCodesRequest{Parent: "codeLists/gbt4754-2017", PageSize: 1, PageToken: token}))(t); by.GetCodes()[0].GetCode() != "A01" {
		t.Errorf("the token of a list by its kind, with its id: got %v, want A01", by)
	}
	list := func(req *pb.ListCodesRequest) error { return markettest.Failed(m.Codes.ListCodes(t.Context(), req)) }
	for name, r := range map[string]struct {
		err           error
		code          codes.Code
		reason, field string
	}{
		"no list":            {list(&pb.ListCodesRequest{Parent: "codeLists/none"}), codes.NotFound, "CODE_LIST_NOT_FOUND", ""},
		"no parent":          {list(&pb.ListCodesRequest{Parent: "industries"}), codes.InvalidArgument, "FIELD_INVALID", "parent"},
		"under no code":      {list(&pb.ListCodesRequest{Parent: "codeLists/industries", Under: "C99"}), codes.NotFound, "CODE_NOT_FOUND", "under"},
		"below level 0":      {list(&pb.ListCodesRequest{Parent: "codeLists/industries", Level: -1}), codes.InvalidArgument, "FIELD_INVALID", "level"},
		"a long query":       {list(&pb.ListCodesRequest{Parent: "codeLists/industries", Query: strings.Repeat("字", 101)}), codes.InvalidArgument, "FIELD_INVALID", "query"},
		"a page of -1":       {list(&pb.ListCodesRequest{Parent: "codeLists/industries", PageSize: -1}), codes.InvalidArgument, "FIELD_INVALID", "page_size"},
		"a foreign token":    {list(&pb.ListCodesRequest{Parent: "codeLists/disciplines", PageToken: token}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
		"another query":      {list(&pb.ListCodesRequest{Parent: "codeLists/industries", PageToken: token, Query: "x"}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
		"another level":      {list(&pb.ListCodesRequest{Parent: "codeLists/industries", PageToken: token, Level: 1}), codes.InvalidArgument, "PAGE_TOKEN_INVALID", "page_token"},
		"get no list":        {markettest.Failed(m.Codes.GetCodeList(t.Context(), &pb.GetCodeListRequest{Name: "codeLists/none"})), codes.NotFound, "CODE_LIST_NOT_FOUND", ""},
		"get a wrong name":   {markettest.Failed(m.Codes.GetCodeList(t.Context(), &pb.GetCodeListRequest{Name: "codeLists/"})), codes.InvalidArgument, "FIELD_INVALID", "name"},
		"get no code":        {markettest.Failed(m.Codes.GetCode(t.Context(), &pb.GetCodeRequest{Name: "codeLists/industries/codes/2613"})), codes.NotFound, "CODE_NOT_FOUND", ""},
		"get of no list":     {markettest.Failed(m.Codes.GetCode(t.Context(), &pb.GetCodeRequest{Name: "codeLists/none/codes/C"})), codes.NotFound, "CODE_LIST_NOT_FOUND", ""},
		"get a wrong name 2": {markettest.Failed(m.Codes.GetCode(t.Context(), &pb.GetCodeRequest{Name: "codeLists/industries"})), codes.InvalidArgument, "FIELD_INVALID", "name"},
		"token of no list": {markettest.Failed(m.Codes.ListCodeLists(t.Context(), &pb.ListCodeListsRequest{PageToken: token})), codes.InvalidArgument, "PAGE_TOKEN_INVALID",
			"page_token"},
	} {
		t.Run(name, func(t *testing.T) { markettest.Want(t, r.err, r.code, r.reason, r.field) })
	}
}

// TestEnumerations compares the short lists with the enumerations of the API, which are the same codes.
func TestEnumerations(t *testing.T) {
	for list, names := range map[lists.List]map[int32]string{lists.TechnologyField: pb.TechnologyField_name, lists.ContractClass: pb.ContractClass_name, lists.Channel: pb.Channel_name} {
		var got, want []string
		for c := range lists.All(list) {
			got = append(got, c.Code)
		}
		for n := range int32(len(names) - 1) {
			want = append(want, names[n+1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", list, got, want)
		}
	}
}

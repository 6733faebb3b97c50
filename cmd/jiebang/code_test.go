package main

import (
	"context"

	"google.golang.org/grpc/codes"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// fewCodes has one list of two codes, and says what it was asked.
type fewCodes struct {
	jiebangv1.UnimplementedCodeServiceServer
}

var someList = &jiebangv1.CodeList{Name: "codeLists/gbt4754-2017", Kind: "industries", DisplayName: "国民经济行业分类", Version: "GB/T 4754-2017", Source: "国家标准",
	Licence: "公开代码", CodeCount: 2}

var someCodes = []*jiebangv1.Code{
	{Name: "codeLists/gbt4754-2017/codes/C", Code: "C", DisplayName: "制造业", Level: 1},
	{Name: "codeLists/gbt4754-2017/codes/C26", Code: "C26", DisplayName: "化学原料和化学制品制造业", English: "chemicals", Level: 2, Leaf: true,
		Ancestors: []*jiebangv1.Code_Ancestor{{Code: "C", DisplayName: "制造业"}}},
}

func (fewCodes) ListCodeLists(context.Context, *jiebangv1.ListCodeListsRequest) (*jiebangv1.ListCodeListsResponse, error) {
	return &jiebangv1.ListCodeListsResponse{CodeLists: []*jiebangv1.CodeList{someList}}, nil
}

func (fewCodes) GetCodeList(_ context.Context, r *jiebangv1.GetCodeListRequest) (*jiebangv1.CodeList, error) {
	if r.GetName() != "codeLists/industries" {
		return nil, fault(codes.NotFound, "CODE_LIST_NOT_FOUND", "没有代码表 "+r.GetName())
	}
	return someList, nil
}

func (fewCodes) GetCode(_ context.Context, r *jiebangv1.GetCodeRequest) (*jiebangv1.Code, error) {
	if r.GetName() != "codeLists/industries/codes/C26" {
		return nil, fault(codes.NotFound, "CODE_NOT_FOUND", "没有代码 "+r.GetName())
	}
	return someCodes[1], nil
}

// ListCodes has pages of one.
func (fewCodes) ListCodes(_ context.Context, r *jiebangv1.ListCodesRequest) (*jiebangv1.ListCodesResponse, error) {
	switch {
	case r.GetParent() != "codeLists/industries":
		return nil, fault(codes.NotFound, "CODE_LIST_NOT_FOUND", "没有代码表 "+r.GetParent())
	case r.GetUnder() == "C" && r.GetLevel() == 2 && r.GetQuery() == "化学" || r.GetPageToken() == "1":
		return &jiebangv1.ListCodesResponse{Codes: someCodes[1:]}, nil
	}
	return &jiebangv1.ListCodesResponse{Codes: someCodes[:1], NextPageToken: "1"}, nil
}

package reference

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedCodeServiceServer
	pager *listing.Pager
}

// Serve serves code lists.
func Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterCodeServiceServer(reg, server{pager: pager})
}

func (server) GetCodeList(_ context.Context, req *pb.GetCodeListRequest) (*pb.CodeList, error) {
	ids, err := rpc.Resource("name", req.GetName(), "codeLists/*")
	if err != nil {
		return nil, err
	}
	info, err := codes.Find(ids[0])
	if err != nil {
		return nil, err
	}
	return listMessage(info), nil
}

func (s server) ListCodeLists(_ context.Context, req *pb.ListCodeListsRequest) (*pb.ListCodeListsResponse, error) {
	page, err := s.pager.Open(listing.Query{List: "code lists", Size: req.GetPageSize(), Token: req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	resp := &pb.ListCodeListsResponse{}
	resp.CodeLists, resp.NextPageToken, err = cut(page, slices.Values(codes.Lists()), listMessage)
	return resp, err
}

func (server) GetCode(_ context.Context, req *pb.GetCodeRequest) (*pb.Code, error) {
	ids, err := rpc.Resource("name", req.GetName(), "codeLists/*/codes/*")
	if err != nil {
		return nil, err
	}
	info, err := codes.Find(ids[0])
	if err != nil {
		return nil, err
	}
	c, ok := codes.Lookup(info.ID, ids[1])
	if !ok {
		return nil, codes.ErrCodeNotFound.With("code", ids[1]).With("list", info.ID)
	}
	return codeMessage(info.ID, c), nil
}

func (s server) ListCodes(_ context.Context, req *pb.ListCodesRequest) (*pb.ListCodesResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "codeLists/*")
	if err != nil {
		return nil, err
	}
	info, err := codes.Find(ids[0])
	if err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: "codes of " + string(info.ID), Size: req.GetPageSize(), Token: req.GetPageToken(),
		Filter: fmt.Sprintf("%q %d %q", req.GetUnder(), req.GetLevel(), req.GetQuery())})
	if err != nil {
		return nil, err
	}
	found, err := choose(info.ID, query{under: req.GetUnder(), level: int(req.GetLevel()), text: req.GetQuery()})
	if err != nil {
		return nil, err
	}
	resp := &pb.ListCodesResponse{}
	resp.Codes, resp.NextPageToken, err = cut(page, found, func(c codes.Code) *pb.Code { return codeMessage(info.ID, c) })
	return resp, err
}

// cut takes a page out of what stays in its place, and seals the place where the next one begins.
func cut[T, M any](page *listing.Page, all iter.Seq[T], message func(T) M) (messages []M, next string, err error) {
	n, first := int64(0), page.Number(0)
	for item := range all {
		if len(messages) == page.Limit {
			next, err = page.Next(n)
			return messages, next, err
		}
		if n >= first {
			messages = append(messages, message(item))
		}
		n++
	}
	return messages, "", nil
}

func listMessage(i codes.Info) *pb.CodeList {
	return &pb.CodeList{Name: "codeLists/" + string(i.ID), Kind: i.Kind, DisplayName: i.Title, Version: i.Version, Source: i.Source, Licence: i.Licence,
		CodeCount: int32(i.Count)}
}

func codeMessage(l codes.List, c codes.Code) *pb.Code {
	m := &pb.Code{Name: "codeLists/" + string(l) + "/codes/" + c.Code, Code: c.Code, DisplayName: c.Name, English: c.NameEN, Level: int32(c.Level), Leaf: c.Leaf}
	for _, above := range codes.Path(l, c.Parent) {
		m.Ancestors = append(m.Ancestors, &pb.Code_Ancestor{Code: above.Code, DisplayName: above.Name})
	}
	return m
}

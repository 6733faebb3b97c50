package rpc_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// resetChanges prepares the changes of the accounts of others: passwords that are reset, persons who are disabled.
func resetChanges(t *testing.T, m *markettest.Market, all map[string]change) {
	t.Helper()
	firm := m.Firm()
	owner, chief := m.Found(firm.Name, pb.Role_OWNER), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
	editor := func() string { return m.Found(firm.Name, pb.Role_EDITOR).Membership }
	add := func(ctx context.Context, req proto.Message, grows int64) {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{ctx, req, grows}
	}
	add(owner.Ctx(), &pb.ResetMemberRequest{Name: editor(), Etag: "1"}, 1)
	add(chief.Ctx(), &pb.ResetPrivilegedMemberRequest{Name: m.Found(m.Bureau.Name, pb.Role_APPROVER).Membership, Etag: "1"}, 2)
	add(chief.Ctx(), &pb.DisableMemberRequest{Name: editor(), Etag: "1"}, 1)
	off := &pb.DisableMemberRequest{RequestId: markettest.ID(), Name: editor(), Etag: "1"}
	markettest.Must(m.Members.DisableMember(chief.Ctx(), off))(t)
	add(chief.Ctx(), &pb.EnableMemberRequest{Name: off.GetName(), Etag: "1"}, 1)
	reset := markettest.Must(m.Members.ResetMember(owner.Ctx(), &pb.ResetMemberRequest{RequestId: markettest.ID(), Name: editor(), Etag: "1"}))(t)
	add(t.Context(), &pb.ResetPasswordRequest{Code: reset.GetCode(), NewPassword: "drei 白鹭 windmill ok"}, 1)
}

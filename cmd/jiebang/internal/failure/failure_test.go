package failure

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

func with(t *testing.T, code codes.Code, message string, details ...protoadapt.MessageV1) error {
	t.Helper()
	s, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		t.Fatal(err)
	}
	return s.Err()
}

func TestCode(t *testing.T) {
	behind := with(t, codes.Unavailable, "behind", &errdetails.ErrorInfo{Reason: "TOTAL_BEHIND"})
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, OK},
		{errors.New("disk full"), Error},
		{Usagef("wrong %d", 1), Usage},
		{fmt.Errorf("at: %w", Usagef("wrong")), Usage},
		{ErrCancelled, Usage},
		{fmt.Errorf("金额不一致: %w", ErrCancelled), Usage},
		{context.Canceled, Usage},
		{context.DeadlineExceeded, Unavailable},
		{errors.Join(context.Canceled, status.Error(codes.Unavailable, "")), Usage},
		{fmt.Errorf("export: %w", status.Error(codes.NotFound, "")), NotFound},
		{status.Error(codes.Unauthenticated, ""), Auth},
		{status.Error(codes.PermissionDenied, ""), Permission},
		{status.Error(codes.Aborted, ""), Conflict},
		{status.Error(codes.FailedPrecondition, ""), Conflict},
		{status.Error(codes.AlreadyExists, ""), Conflict},
		{status.Error(codes.InvalidArgument, ""), Validation},
		{status.Error(codes.OutOfRange, ""), Validation},
		{behind, Pending},
		{with(t, codes.FailedPrecondition, "alone", &errdetails.ErrorInfo{Reason: "APPROVAL_REQUIRED"}), Pending},
		{status.Error(codes.Unavailable, ""), Unavailable},
		{status.Error(codes.DeadlineExceeded, ""), Unavailable},
		{status.Error(codes.Internal, ""), Error},
		{status.Error(codes.Code(77), ""), Error},
	} {
		if got := Code(c.err); got != c.want {
			t.Errorf("Code(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

// personCases are errors about the caller's own login and about a second person.
func personCases(t *testing.T) map[string]printCase {
	t.Helper()
	return map[string]printCase{
		"a second person": {
			with(t, codes.FailedPrecondition, "alone", &errdetails.ErrorInfo{Reason: "APPROVAL_REQUIRED", Metadata: map[string]string{"approval": "approvals/a1"}}),
			Context{RequestID: "id-1", Replay: "--request-id id-1 --etag '\"2\"'", Command: "jiebang org suspend o1 --reason x"},
			`错误: 当前状态不允许: alone
原因: APPROVAL_REQUIRED(approval=approvals/a1)
request_id: id-1
下一步: 请另一人在自己的登录中审阅批准: jiebang approve approvals/a1
下一步: 批准之后由您重复(编号不变): jiebang org suspend o1 --reason x --request-id id-1 --etag '"2"'
`,
		},
		"a session that has ended": {
			with(t, codes.Unauthenticated, "ended", &errdetails.ErrorInfo{Reason: "SESSION_ENDED"}), Context{Server: "h:1"},
			"错误: 未通过身份验证: ended\n原因: SESSION_ENDED\n下一步: 运行 jiebang login --server h:1 重新登录\n",
		},
		"a step-up for a read": {
			with(t, codes.PermissionDenied, "step up", &errdetails.ErrorInfo{Reason: "STEP_UP_REQUIRED"}), Context{Command: "jiebang account export"},
			"错误: 无权限: step up\n原因: STEP_UP_REQUIRED\n下一步: 运行 jiebang step-up 再次验证第二因素,五分钟之内重复这条命令\n",
		},
	}
}

// printCase is an error and the text that it becomes.
type printCase struct {
	err     error
	context Context
	want    string
}

func printCases(t *testing.T) map[string]printCase {
	t.Helper()
	return map[string]printCase{
		"everything": {
			with(t, codes.InvalidArgument, "budget: amount not positive",
				&errdetails.LocalizedMessage{Locale: "zh-CN", Message: "金额须大于 0"},
				&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
					{Field: "demand.budget", Description: "must be more than 0"},
					{Field: "demand.title", LocalizedMessage: &errdetails.LocalizedMessage{Locale: "zh-CN", Message: "至少 4 个字"}},
					{Field: "demand.field"},
				}},
				&errdetails.ErrorInfo{Reason: "AMOUNT_NOT_POSITIVE", Metadata: map[string]string{"fen": "0", "at": "b"}}),
			Context{RequestID: "id-1", Replay: "--request-id id-1"},
			`错误: 金额须大于 0
字段: demand.budget(must be more than 0)
字段: demand.title(至少 4 个字)
字段: demand.field
原因: AMOUNT_NOT_POSITIVE(at=b fen=0)
request_id: id-1
`,
		},
		"the reason's step comes before the code's": {
			with(t, codes.Aborted, "stale", &errdetails.ErrorInfo{Reason: "ETAG_STALE"}),
			Context{},
			"错误: 有冲突: stale\n原因: ETAG_STALE\n下一步: 别人先改了它;重新读取(get)后再试\n",
		},
		"an unknown outcome": {
			status.Error(codes.Unavailable, "gone"),
			Context{Server: "h:1", RequestID: "id-1", Replay: "--request-id id-1 --etag '\"2\"'"},
			`错误: 服务器不可用: gone
request_id: id-1
下一步: 检查服务器 h:1 是否在运行、地址是否正确(--server 或 JIEBANG_SERVER)
下一步: 结果未知;用同样的参数加 --request-id id-1 --etag '"2"' 再运行,不会重复生效
`,
		},
		"no other language": {
			with(t, codes.NotFound, "no such demand", &errdetails.LocalizedMessage{Locale: "fr", Message: "introuvable"}),
			Context{},
			"错误: 找不到: no such demand\n下一步: 用相应的 list 命令核对名称;别的机构的草稿和未开榜的揭榜是查不到的\n",
		},
		"nothing twice": {
			with(t, codes.InvalidArgument, "x", &errdetails.LocalizedMessage{Locale: "zh-CN", Message: "标题有误"},
				&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "demand.title", Description: "标题有误"}}}),
			Context{},
			"错误: 标题有误\n字段: demand.title\n",
		},
		"text of others": {
			with(t, codes.FailedPrecondition, "x", &errdetails.LocalizedMessage{Locale: "zh", Message: "a\x1b[2Jb"}),
			Context{},
			"错误: a\uFFFD[2Jb\n下一步: 用相应的 get 命令查看当前状态\n",
		},
		"usage": {
			&UsageError{Text: "缺少 --bid", Help: "jiebang demand award"},
			Context{RequestID: "id-1"},
			"错误: 缺少 --bid\n下一步: 运行 jiebang demand award --help 查看用法\n",
		},
		"local": {errors.New("磁盘已满"), Context{}, "错误: 磁盘已满\n"},
	}
}

func TestPrint(t *testing.T) {
	cases := printCases(t)
	maps.Copy(cases, personCases(t))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			Print(&b, c.err, c.context)
			if b.String() != c.want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), c.want)
			}
		})
	}
}

func TestPrintDumpsTheStatus(t *testing.T) {
	var b strings.Builder
	Print(&b, with(t, codes.Aborted, "stale", &errdetails.ErrorInfo{Reason: "ETAG_STALE"}), Context{Debug: true})
	want := `{"code":10,"message":"stale","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ETAG_STALE"`
	if !strings.Contains(b.String(), want) {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

package cli

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// guesses is how often somebody may mistype a code.
const guesses = 3

// stepUp asks for the second factor when a call demands a fresh one and there is somebody to ask, and makes the call once more: the same call, with the
// request_id that it had.
func (a *App) stepUp() grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
		err := invoke(ctx, method, req, reply, cc, o...)
		if failure.Reason(status.Convert(err)) != "STEP_UP_REQUIRED" || !a.CanAsk() || a.secretsFromStdin {
			return err
		}
		a.Note("办理此事须再次验证第二因素")
		if err := a.showFactor(ctx, jiebangv1.NewAccountServiceClient(cc)); err != nil {
			return err
		}
		return invoke(ctx, method, req, reply, cc, o...)
	}
}

// showFactor asks for a code until it is right, a few times.
func (a *App) showFactor(ctx context.Context, service jiebangv1.AccountServiceClient) error {
	for guess := 1; ; guess++ {
		code, err := a.Secret(ctx, "动态口令或恢复码")
		if err != nil {
			return err
		}
		_, err = service.StepUp(ctx, &jiebangv1.StepUpRequest{Code: code})
		if failure.Reason(status.Convert(err)) != "CODE_WRONG" || guess == guesses {
			return err
		}
		a.Note("不正确,或已用过;请再试一次")
	}
}

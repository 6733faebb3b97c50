package audit

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// Want is which checkpoint somebody wants to take home.
type Want struct {
	Policy   *witness.Policy // that it must meet; nil for none
	Cosigned bool            // by any witness, if there is one that is
	Least    int64           // entries that it must cover
}

// maxLooked is how many kept checkpoints are looked through, the newest first.
const maxLooked = 2000

// ErrNoQuorum says that no checkpoint has the witnesses that a policy wants.
var ErrNoQuorum = errors.New("没有见证人签名足够的检查点;见证人可能还没有签,请稍后再试,或检查策略文件")

// Choose finds the newest checkpoint of a ledger that is wanted. What witnesses signed is verified here if a policy says who they are.
func Choose(ctx context.Context, conn grpc.ClientConnInterface, ledger string, w Want) (*jiebangv1.Checkpoint, error) {
	client := jiebangv1.NewLedgerServiceClient(conn)
	head, err := client.GetCheckpoint(ctx, &jiebangv1.GetCheckpointRequest{Name: ledger + "/checkpoint"})
	if err != nil || w.Policy == nil && !w.Cosigned || w.meets(head) {
		return head, err
	}
	request := &jiebangv1.ListCheckpointsRequest{Parent: ledger, PageSize: 200}
	for looked := 0; looked < maxLooked; {
		page, err := client.ListCheckpoints(ctx, request)
		if status.Code(err) == codes.Unimplemented {
			break // an older server, which keeps none
		}
		if err != nil {
			return nil, err
		}
		for _, c := range page.GetCheckpoints() {
			if looked++; c.GetSize() < w.Least {
				looked = maxLooked
				break
			}
			if w.meets(c) {
				return c, nil
			}
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			break
		}
	}
	if w.Policy != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, ErrNoQuorum)
	}
	return head, nil
}

func (w Want) meets(c *jiebangv1.Checkpoint) bool {
	if w.Policy == nil {
		return len(c.GetWitnesses()) > 0
	}
	_, met, err := w.Policy.Check(c.GetNote())
	return err == nil && met
}

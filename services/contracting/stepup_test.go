package contracting_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestStepUp signs as a person: only within five minutes of a second factor, so that a stolen session binds nobody. T56.
func TestStepUp(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := m.Contract(d.firm, d.demand)
		boss := m.Found(d.firm.Name, pb.Role_SIGNER)
		m.Clock.Advance(policy.Fresh + time.Second)
		sign := func() error {
			_, err := m.Contracts.SignContract(boss.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest()})
			return err
		}
		m.Refuse(t, sign, codes.PermissionDenied, "STEP_UP_REQUIRED", "")
		boss.StepUp()
		if err := sign(); err != nil {
			t.Error(err)
		}
		m.Sign(d.zju, markettest.Must(m.Contracts.GetContract(d.zju.Ctx(), &pb.GetContractRequest{Name: k.GetName()}))(t)) // a token was issued for this
	})
}

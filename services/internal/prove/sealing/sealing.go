// Package sealing plays bidders and custodians against a server that is proved: bids are sealed by the bidders' side, closed by the clock, and opened with the
// shares of two custodians. It races deadlines, measures the last minute and the opening, and looks for what a bid says where it must not be.
package sealing

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/demo/rehearsal"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Procedure is that of demands whose bids are sealed to custodians and which need nothing else.
const Procedure = "direct_sealed"

// Market is the server, how it is called, and what its users draw their keys and request ids from.
type Market struct {
	Server *services.Server
	Conn   grpc.ClientConnInterface
	Rand   chance.Source
	Clock  clock.Clock
}

// Custodian is a person with a key.
type Custodian struct {
	Name, Secret string // custodians/…, and that of its session
	Key          *seal.Identity
}

// As calls as whoever has a secret.
func As(ctx context.Context, secret string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
}

// ID is a new request_id.
func (m *Market) ID() string { return chance.UUID(m.Rand) }

// person founds a person in a role of an organization, who has just shown a second factor, and returns the secret of the session.
func (m *Market) person(ctx context.Context, organization, login string, role party.Role) (string, error) {
	bare := strings.TrimPrefix(organization, "organizations/")
	a, err := m.Server.Stage().Act(ctx, rehearsal.Part{Login: login, Name: login, Organization: bare, Jurisdiction: bare[1:7], Role: role})
	return a.Session, err
}

// Custodians are n custodians of a bureau, whose keys another person has confirmed and which were just shown to be there.
func (m *Market) Custodians(ctx context.Context, bureau string, n int) ([]Custodian, error) {
	officer, err := m.person(ctx, bureau, "secadmin.prove", party.Secadmin)
	if err != nil {
		return nil, err
	}
	all := make([]Custodian, n)
	for i := range all {
		if all[i], err = m.custodian(ctx, bureau, officer, i); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (m *Market) custodian(ctx context.Context, bureau, officer string, i int) (c Custodian, err error) {
	if c.Key, err = seal.NewIdentity(m.Rand); err != nil {
		return c, err
	}
	if c.Secret, err = m.person(ctx, bureau, fmt.Sprintf("custodian.prove.%d", i), party.Custodian); err != nil {
		return c, err
	}
	custodians, own := pb.NewCustodianServiceClient(m.Conn), As(ctx, c.Secret)
	made, err := custodians.CreateCustodian(own, &pb.CreateCustodianRequest{RequestId: m.ID(), Custodian: &pb.Custodian{DisplayName: fmt.Sprintf("科室 %d", i), Recipient: c.Key.Recipient()}})
	if err != nil {
		return c, err
	}
	c.Name = made.GetName()
	if _, err := custodians.ConfirmCustodian(As(ctx, officer), &pb.ConfirmCustodianRequest{RequestId: m.ID(), Name: c.Name, Etag: made.GetEtag(), Fingerprint: made.GetFingerprint()}); err != nil {
		return c, err
	}
	asked, err := custodians.ChallengeCustodian(own, &pb.ChallengeCustodianRequest{Name: c.Name})
	if err != nil {
		return c, err
	}
	answer, err := c.Key.Answer(asked.GetAbout(), asked.GetChallenge())
	if err != nil {
		return c, err
	}
	_, err = custodians.ProveCustodian(own, &pb.ProveCustodianRequest{RequestId: m.ID(), Name: c.Name, Answer: answer[:]})
	return c, err
}

// Terms are what bids of a demand are sealed under.
func (m *Market) Terms(ctx context.Context, demand string) (seal.Terms, error) {
	s, err := pb.NewBidServiceClient(m.Conn).GetSealing(ctx, &pb.GetSealingRequest{Name: demand + "/sealing"})
	if err != nil {
		return seal.Terms{}, err
	}
	t := seal.Terms{Demand: demand, Digest: seal.Digest(s.GetTermsDigest()), Deadline: s.GetDeadline().AsTime(), Level: seal.Level(s.GetLevel().String()),
		Threshold: int(s.GetThreshold()), Recipients: s.GetRecipients()}
	if p := t.Policy(); string(p[:]) != string(s.GetPolicyDigest()) {
		return t, fmt.Errorf("the policy of %s is %s, and the server says %x", demand, p, s.GetPolicyDigest())
	}
	return t, nil
}

// Plain is what an organization bids, as a submission.
func Plain(organization string, submission int, amount money.Fen, proposal string) seal.Plain {
	return seal.Plain{Organization: organization, Submission: submission, Amount: &amount, Proposal: proposal}
}

// Seal seals a bid with a key of its own.
func Seal(r chance.Source, t seal.Terms, p seal.Plain) ([]byte, error) {
	key, err := seal.NewKey(r)
	if err != nil {
		return nil, err
	}
	return seal.Seal(r, key, t, seal.Whole, p)
}

// Give gives a custodian's shares of all envelopes of a demand, and reports whether enough have been given now.
func (m *Market) Give(ctx context.Context, c Custodian, demand string) (enough bool, err error) {
	openings, req := pb.NewOpeningServiceClient(m.Conn), &pb.SubmitSharesRequest{RequestId: m.ID(), Parent: demand, Custodian: c.Name}
	for list := (&pb.ListEnvelopesRequest{Parent: demand, Custodian: c.Name}); ; {
		page, err := openings.ListEnvelopes(As(ctx, c.Secret), list)
		if err != nil {
			return false, err
		}
		for _, e := range page.GetEnvelopes() {
			sealed, err := seal.Parse(e.GetEnvelope())
			if err != nil {
				return false, err
			}
			share := &pb.SubmitSharesRequest_Share{Bid: e.GetBid()}
			if s, err := seal.OpenStanza(c.Key, sealed); err == nil {
				share.Value = s.Value[:]
			}
			req.Shares = append(req.Shares, share)
		}
		if list.PageToken = page.GetNextPageToken(); list.PageToken == "" {
			break
		}
	}
	given, err := openings.SubmitShares(As(ctx, c.Secret), req)
	return given.GetGiven() >= given.GetThreshold(), err
}

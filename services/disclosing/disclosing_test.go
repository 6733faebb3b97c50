// Package disclosing_test tests what is disclosed to whom over gRPC, on each database.
package disclosing_test

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func disclose(m *markettest.Market, who *markettest.Member, d *pb.Demand) (*pb.DiscloseDemandResponse, error) {
	return m.Disclosures.DiscloseDemand(who.Ctx(), &pb.DiscloseDemandRequest{RequestId: markettest.ID(), Name: d.GetName()})
}

func accept(m *markettest.Market, who *markettest.Member, d *pb.Demand, version string) (*pb.Disclosure, error) {
	return m.Disclosures.AcceptAgreement(who.Ctx(), &pb.AcceptAgreementRequest{RequestId: markettest.ID(), Name: d.GetName(), Version: version})
}

// TestLayers gives each layer to who may have it, each time with an entry, and to nobody else by any way.
func TestLayers(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, sspu := m.Firm(), m.University(), m.University()
		draft := m.DraftDetailed(firm, "direct", time.Hour)
		d := markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))(t)
		in := markettest.Must(m.Disclosures.GetAgreement(t.Context(), &pb.GetAgreementRequest{Name: "agreement"}))(t)
		m.Refuse(t, func() error { return markettest.Failed(disclose(m, zju, d)) }, codes.PermissionDenied, "AGREEMENT_MISSING", "")
		m.Refuse(t, func() error { return markettest.Failed(accept(m, zju, d, "nda/0")) }, codes.InvalidArgument, "AGREEMENT_VERSION", "version")
		editor := m.Token(zju.Name, pb.Role_EDITOR)
		m.Refuse(t, func() error { return markettest.Failed(accept(m, editor, d, in.GetVersion())) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
		markettest.Must(accept(m, zju, d, in.GetVersion()))(t)
		m.Refuse(t, func() error { return markettest.Failed(accept(m, zju, d, in.GetVersion())) }, codes.AlreadyExists, "AGREEMENT_ACCEPTED", "")
		before := markettest.Sizes(t, m)
		for n := range 3 {
			got := markettest.Must(disclose(m, editor, d))(t)
			if got.GetNdaDetails() != "配方甲七号" || got.GetWinnerDetails() != "" || got.GetDisclosure().GetTimes() != int32(n+1) {
				t.Errorf("after the agreement: got %v", got)
			}
		}
		if got := markettest.Sizes(t, m); got[0] != before[0]+3 {
			t.Errorf("three readings: %d entries", got[0]-before[0])
		}
		if got := markettest.Must(disclose(m, m.Bureau, d))(t); got.GetNdaDetails() == "" || got.GetWinnerDetails() != "" || got.GetDisclosure().GetAgreement() != "" {
			t.Errorf("by office: got %v", got)
		}
		hidden(t, m, d, sspu)
		first, second := m.Bid(zju, d, 5), m.Bid(sspu, d, 6)
		d = m.Award(firm, m.Close(firm, d), first)
		if got := markettest.Must(disclose(m, zju, d))(t); got.GetWinnerDetails() != "工艺乙八号" || !got.GetDisclosure().GetWinner() {
			t.Errorf("the winner: got %v", got)
		}
		markettest.Must(accept(m, sspu, d, in.GetVersion()))(t)
		if got := markettest.Must(disclose(m, sspu, d))(t); got.GetWinnerDetails() != "" || got.GetNdaDetails() == "" {
			t.Errorf("who has not won (%s): got %v", second.GetName(), got)
		}
		for who, want := range map[*markettest.Member]int{firm: 3, zju: 1, sspu: 1, m.Bureau: 3, m.University(): 0} {
			list := markettest.Must(m.Disclosures.ListDisclosures(who.Ctx(), &pb.ListDisclosuresRequest{Parent: d.GetName()}))(t)
			if len(list.GetDisclosures()) != want {
				t.Errorf("%s lists %v, want %d", who.Name, list, want)
			}
		}
		bare := m.Publish(firm, time.Hour)
		m.Refuse(t, func() error { return markettest.Failed(disclose(m, zju, bare)) }, codes.FailedPrecondition, "NOTHING_GATED", "")
		m.Verified()
	})
}

// hidden looks for what is confidential wherever others read of a demand: in it, in lists, in searches, and in the ledger.
func hidden(t *testing.T, m *markettest.Market, d *pb.Demand, other *markettest.Member) {
	t.Helper()
	m.Settle()
	if err := m.Server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	auditor := m.Token(m.Bureau.Name, pb.Role_AUDITOR)
	entries := markettest.Must(m.Ledgers.ListEntries(auditor.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, PageSize: 1000}))(t)
	for _, who := range []*markettest.Member{other, m.Bureau, auditor} {
		for _, msg := range []proto.Message{m.Read(who, d), markettest.Must(m.Demands.ListDemands(who.Ctx(), &pb.ListDemandsRequest{}))(t), entries,
			markettest.Must(m.Searches.SearchDemands(who.Ctx(), &pb.SearchDemandsRequest{Query: "碳酸钙"}))(t)} {
			b, err := proto.Marshal(msg)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{"配方甲七号", "工艺乙八号"} {
				if bytes.Contains(b, []byte(secret)) {
					t.Errorf("%s reads %s in %s", who.Name, secret, msg.ProtoReflect().Descriptor().Name())
				}
			}
		}
		for _, query := range []string{"配方甲七号", "工艺乙八号"} {
			if found := markettest.Must(m.Searches.SearchDemands(who.Ctx(), &pb.SearchDemandsRequest{Query: query}))(t); len(found.GetDemands()) != 0 {
				t.Errorf("%s searches %s: found %v", who.Name, query, found)
			}
		}
	}
}

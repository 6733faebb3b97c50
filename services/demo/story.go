package demo

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	"github.com/jiebang/jiebang/services/demo/corpus"
	fen "github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// ending is how the story of a demand goes.
type ending int

const (
	contracted ending = iota
	fulfilled
	noBids
	noQualified
	noContract
	withdrawn
	evaluating
	awarded
	open
)

// endingOf gives the first 38 demands a contract and each other one another end.
func endingOf(i int) ending {
	switch n := i - jiebanged; {
	case n < 0 && i%3 == 0:
		return fulfilled
	case n < 0:
		return contracted
	default:
		return []ending{noBids, noBids, noBids, noBids, noQualified, noQualified, noQualified, noContract, withdrawn, withdrawn, evaluating, evaluating,
			awarded, open, open, open, open}[n]
	}
}

// story is one demand on its way.
type story struct {
	f        *filler
	i        int
	is       corpus.Demand
	end      ending
	firm     *member
	demand   *pb.Demand
	bids     []*pb.Bid
	bidders  []*member
	contract *pb.Contract
	price    fen.Fen
}

const period = 20 // days for bids

// plan puts the acts of a demand into the calendar; first is the solver that wins, if one does.
func (f *filler) plan(i int, d corpus.Demand, price fen.Fen, first int) {
	s := &story{f: f, i: i, is: d, end: endingOf(i), firm: f.firm(d.Key), price: price}
	day := 4 + i*6
	if i >= jiebanged { // the others lie between, and the open ones at the end
		day = 10 + (i-jiebanged)*20
	}
	deadline := f.day(day + period)
	if s.end == open {
		deadline = f.Now.Add(time.Duration(20+i) * 24 * time.Hour).Truncate(time.Hour)
	}
	f.at(day, func(ctx context.Context) error { return s.publish(ctx, deadline) })
	if s.end == withdrawn {
		f.at(day+6, s.withdraw)
	}
	if s.end == noBids || s.end == withdrawn {
		return
	}
	f.at(day+8, func(ctx context.Context) error { return s.bid(ctx, solvers[first].name, s.price) })
	f.at(day+12, func(ctx context.Context) error {
		return s.bid(ctx, solvers[(first+1+i%3)%len(solvers)].name, s.price+s.price/25)
	})
	if s.end == open || s.end == evaluating {
		return
	}
	if s.end == noQualified {
		f.at(day+period+5, s.reject)
		return
	}
	f.at(day+period+5, s.award)
	if s.end == awarded {
		return
	}
	f.at(day+period+8, s.draft)
	if s.end == noContract {
		f.at(day+period+10, s.refuse)
		return
	}
	f.at(day+period+10, s.sign)
	if s.end == fulfilled {
		f.at(min(day+period+70, 362), s.complete)
	}
}

func (s *story) publish(ctx context.Context, deadline time.Time) (err error) {
	s.demand, err = s.f.publish(ctx, s.is, deadline)
	return err
}

func (s *story) withdraw(ctx context.Context) error {
	_, err := s.f.demands.WithdrawDemand(as(ctx, s.firm.token), &pb.WithdrawDemandRequest{RequestId: request(), Name: s.demand.GetName(), Etag: s.demand.GetEtag()})
	return err
}

func (s *story) bid(ctx context.Context, who string, price fen.Fen) error {
	bidder := s.f.members[who]
	b, err := s.f.bids.CreateBid(as(ctx, bidder.token), &pb.CreateBidRequest{RequestId: request(), Parent: s.demand.GetName(), Bid: &pb.Bid{
		Amount: yuan(price), Proposal: marked + "针对“" + s.demand.GetTitle() + "”的技术路线、指标承诺与分工。"}})
	if err != nil {
		return err
	}
	b, err = s.f.bids.SubmitBid(as(ctx, bidder.token), &pb.SubmitBidRequest{RequestId: request(), Name: b.GetName(), Etag: b.GetEtag()})
	s.bids, s.bidders = append(s.bids, b), append(s.bidders, bidder)
	return err
}

// reread reads the demand as it is after its deadline.
func (s *story) reread(ctx context.Context) (err error) {
	s.demand, err = s.f.demands.GetDemand(as(ctx, s.firm.token), &pb.GetDemandRequest{Name: s.demand.GetName()})
	return err
}

func (s *story) reject(ctx context.Context) error {
	if err := s.reread(ctx); err != nil {
		return err
	}
	_, err := s.f.demands.RejectBids(as(ctx, s.firm.token), &pb.RejectBidsRequest{RequestId: request(), Name: s.demand.GetName(), Etag: s.demand.GetEtag()})
	return err
}

func (s *story) award(ctx context.Context) error {
	if err := s.reread(ctx); err != nil {
		return err
	}
	_, err := s.f.demands.AwardDemand(as(ctx, s.firm.token), &pb.AwardDemandRequest{RequestId: request(), Name: s.demand.GetName(), Bid: s.bids[0].GetName(),
		Etag: s.demand.GetEtag()})
	return err
}

func (s *story) draft(ctx context.Context) error {
	c := &pb.Contract{Demand: s.demand.GetName(), Title: s.demand.GetTitle() + "技术开发合同", Class: pb.ContractClass_DEVELOPMENT,
		Price: &pb.Contract_Price{TechnicalAmount: s.bids[0].GetAmount(), Vat: pb.Contract_INCLUDED}}
	if s.i%4 == 1 {
		c.Class, c.Title = pb.ContractClass_SERVICE, s.demand.GetTitle()+"技术服务合同"
	}
	if s.i%5 == 2 {
		c.Broker = s.f.members[broker].name
	}
	c, err := s.f.contracts.CreateContract(as(ctx, s.firm.token), &pb.CreateContractRequest{RequestId: request(), Contract: c})
	if err != nil {
		return err
	}
	s.contract, err = s.f.contracts.ProposeContract(as(ctx, s.firm.token), &pb.ProposeContractRequest{RequestId: request(), Name: c.GetName(), Etag: c.GetEtag(),
		GenerateText: true})
	return err
}

func (s *story) refuse(ctx context.Context) error {
	_, err := s.f.contracts.RefuseContract(as(ctx, s.bidders[0].token), &pb.RefuseContractRequest{RequestId: request(), Name: s.contract.GetName(),
		Etag: s.contract.GetEtag(), Reason: "项目负责人调离,无法承担"})
	return err
}

func (s *story) sign(ctx context.Context) (err error) {
	for _, m := range []*member{s.firm, s.bidders[0]} {
		s.contract, err = s.f.contracts.SignContract(as(ctx, m.token), &pb.SignContractRequest{RequestId: request(), Name: s.contract.GetName(),
			Etag: s.contract.GetEtag(), SignDigest: s.contract.GetSignDigest()})
		if err != nil {
			return err
		}
	}
	s.f.signed++
	s.f.progress()
	return nil
}

func (s *story) complete(ctx context.Context) (err error) {
	for _, m := range []*member{s.firm, s.bidders[0]} {
		s.contract, err = s.f.contracts.CompleteContract(as(ctx, m.token), &pb.CompleteContractRequest{RequestId: request(), Name: s.contract.GetName(),
			Etag: s.contract.GetEtag(), AmountPaid: s.contract.GetTotal()})
		if err != nil {
			return err
		}
	}
	return nil
}

// planAuction puts an auctioned achievement into the calendar; the auction itself is recorded as its contract.
func (f *filler) planAuction(i int, amount fen.Fen) {
	day := 40 + i*35
	f.at(day, func(ctx context.Context) error {
		signed := f.day(day - 3).In(demand.Zone)
		class := pb.ContractClass_TRANSFER
		if i%2 == 1 {
			class = pb.ContractClass_LICENSE
		}
		buyer, seller := f.members[firms[(i*5+2)%len(firms)].name], f.members[solvers[i%3].name]
		_, err := f.contracts.RecordContract(as(ctx, f.Token), &pb.RecordContractRequest{RequestId: request(), Contract: &pb.Contract{
			Title: fmt.Sprintf("“%s”成果拍卖成交合同", auctioned[i].title), Buyer: buyer.name, Seller: seller.name,
			Channel: pb.Channel_AUCTION, Class: class, Field: auctioned[i].field, Total: yuan(amount), TextDigest: digestOf("演示拍卖合同 " + auctioned[i].title),
			SignDate: &date.Date{Year: int32(signed.Year()), Month: int32(signed.Month()), Day: int32(signed.Day())}}})
		f.signed++
		f.progress()
		return err
	})
}

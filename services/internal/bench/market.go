package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// callersPerConnection is how many callers share a client connection.
const callersPerConnection = 8

// maxCallers is the largest number of callers of any figure.
const maxCallers = 32

// market is a running server with its real clock, on real ports, and connections to it.
type market struct {
	server *services.Server
	conns  []*grpc.ClientConn
	stop   func() error
	tokens map[string]string // of the bureaus, by jurisdiction
	codes  atomic.Int64
}

// openMarket runs a server. The database is a SQLite file in dir if the URL is empty.
func openMarket(ctx context.Context, dir, url string, codes ...string) (*market, error) {
	return openMarketAs(ctx, services.Config{DataDir: dir, Database: url}, codes...)
}

// openMarketAs runs a server with what else there is to configure.
func openMarketAs(ctx context.Context, c services.Config, codes ...string) (*market, error) {
	c.GRPCAddress, c.HTTPAddress, c.Limits, c.Log = "127.0.0.1:0", "127.0.0.1:0", services.Unlimited, slog.New(slog.NewJSONHandler(io.Discard, nil))
	for _, code := range codes {
		c.Jurisdictions = append(c.Jurisdictions, services.Jurisdiction{Code: code, Bureau: "科学技术局 " + code})
	}
	s, err := services.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	m := &market{server: s, tokens: s.FirstTokens}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(serving, func(a services.Addresses) { ready <- a }) }()
	m.stop = func() error {
		for _, c := range m.conns {
			_ = c.Close()
		}
		end()
		return errors.Join(<-done, s.Close())
	}
	select {
	case a := <-ready:
		m.conns, err = dial(a.GRPC)
	case err = <-done:
		done <- nil
	}
	if err != nil {
		return nil, errors.Join(err, m.stop())
	}
	return m, nil
}

// dial makes the connections that callers share.
func dial(address string) ([]*grpc.ClientConn, error) {
	var conns []*grpc.ClientConn
	for range maxCallers / callersPerConnection {
		c, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return conns, err
		}
		conns = append(conns, c)
	}
	return conns, nil
}

// conn is the connection of a caller.
func (m *market) conn(caller int) *grpc.ClientConn { return connOf(m.conns, caller) }

func connOf(conns []*grpc.ClientConn, caller int) *grpc.ClientConn {
	return conns[caller/callersPerConnection%len(conns)]
}

// member is an organization with a token; the zero member is nobody.
type member struct{ secret string }

func (m member) as(ctx context.Context) context.Context {
	if m.secret == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+m.secret)
}

func requestID() string { return chance.UUID(chance.System()) }

func yuan(n int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: n} }

// tokenLife is shorter than the longest that a token may have.
const tokenLife = 300 * 24 * time.Hour

// join registers an organization and gives it a token.
func (m *market) join(ctx context.Context, jurisdiction string, kind pb.Organization_Kind) (member, error) {
	n := m.codes.Add(1)
	api, bureau := pb.NewOrganizationServiceClient(m.conns[0]), member{m.tokens[jurisdiction]}.as(ctx)
	o, err := api.CreateOrganization(bureau, &pb.CreateOrganizationRequest{RequestId: requestID(), Organization: &pb.Organization{
		DisplayName: fmt.Sprintf("机构 %d", n), Kind: kind, Uscc: party.Complete(fmt.Sprintf("91%sMA2T%05d", jurisdiction, n))}})
	if err != nil {
		return member{}, err
	}
	t, err := api.CreateToken(bureau, &pb.CreateTokenRequest{RequestId: requestID(), Parent: o.GetName(), Token: &pb.Token{
		DisplayName: "bench", Roles: []pb.Role{pb.Role_EDITOR, pb.Role_SIGNER}, ExpireTime: timestamppb.New(time.Now().Add(tokenLife))}})
	return member{t.GetSecret()}, err
}

// publish drafts and publishes a demand.
func (m *market) publish(ctx context.Context, firm member, caller int) (*pb.Demand, error) {
	api := pb.NewDemandServiceClient(m.conn(caller))
	d, err := api.CreateDemand(firm.as(ctx), &pb.CreateDemandRequest{RequestId: requestID(), Demand: &pb.Demand{
		Title: "超细碳酸钙表面改性", Description: "白度不低于 95,吸油值不高于 25,年产三千吨中试线连续运行七十二小时", Field: pb.TechnologyField_NEW_MATERIALS,
		Budget: yuan(500_000), Deadline: timestamppb.New(time.Now().Add(tokenLife))}})
	if err != nil {
		return nil, err
	}
	return api.PublishDemand(firm.as(ctx), &pb.PublishDemandRequest{RequestId: requestID(), Name: d.GetName(), Etag: d.GetEtag()})
}

package main

import (
	"context"
	"errors"
	"net"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// streamWorkers is what the product gives its gRPC server.
const streamWorkers = 16

// readSQLite compares an authorized read with a gRPC call that does nothing but answer the same message.
func readSQLite(ctx context.Context, b *bench) (err error) {
	dir, err := b.sub("read")
	if err != nil {
		return err
	}
	m, err := openMarket(ctx, dir, "", oneJurisdiction)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.stop()) }()
	firm, err := m.join(ctx, oneJurisdiction, pb.Organization_ENTERPRISE)
	if err != nil {
		return err
	}
	demands := make([]*pb.Demand, 100)
	for i := range demands {
		if demands[i], err = m.publish(ctx, firm, i); err != nil {
			return err
		}
	}
	echo, stop, err := startEcho(demands[0])
	if err != nil {
		return err
	}
	defer stop()
	ours := func(ctx context.Context, d time.Duration) (float64, error) {
		return get(ctx, m.conns, firm, demands, d)
	}
	bare := func(ctx context.Context, d time.Duration) (float64, error) { return get(ctx, echo, firm, demands, d) }
	r, err := compare(ctx, "read_sqlite_ratio", ours, bare)
	if err != nil {
		return err
	}
	b.print("read_sqlite_ratio", r.ratio, "ratio")
	return authorized(ctx, b, m, demands)
}

// authorized compares a read by a person in a session, whose session, account, membership and organization are looked at for each call, with the same by
// nobody.
func authorized(ctx context.Context, b *bench, m *market, demands []*pb.Demand) error {
	if !b.wants("authorized_read_ratio") {
		return nil
	}
	f := services.Founder{Login: "reader", DisplayName: "读者", Password: "紫檀 lantern 47 上游 quartz", Jurisdiction: oneJurisdiction, Roles: []string{"operator"}}
	if _, err := m.server.Found(ctx, f); err != nil {
		return err
	}
	in, err := pb.NewAccountServiceClient(m.conns[0]).Login(ctx, &pb.LoginRequest{Login: f.Login, Password: f.Password})
	if err != nil {
		return err
	}
	ours := func(ctx context.Context, d time.Duration) (float64, error) {
		return get(ctx, m.conns, member{in.GetSecret()}, demands, d)
	}
	nobody := func(ctx context.Context, d time.Duration) (float64, error) {
		return get(ctx, m.conns, member{}, demands, d)
	}
	r, err := compare(ctx, "authorized_read_ratio", ours, nobody)
	if err != nil {
		return err
	}
	b.print("authorized_read_ratio", r.ratio, "ratio")
	return nil
}

// get reads demands one after another, each caller from another place on.
func get(ctx context.Context, conns []*grpc.ClientConn, firm member, demands []*pb.Demand, d time.Duration) (float64, error) {
	turns := make([]int, maxCallers)
	return drive(ctx, maxCallers, d, func(ctx context.Context, caller int) error {
		turns[caller]++
		name := demands[(turns[caller]+7*caller)%len(demands)].GetName()
		_, err := pb.NewDemandServiceClient(connOf(conns, caller)).GetDemand(firm.as(ctx), &pb.GetDemandRequest{Name: name})
		return err
	})
}

// echo answers every read with the same demand.
type echo struct {
	pb.UnimplementedDemandServiceServer
	demand *pb.Demand
}

// GetDemand implements DemandServiceServer.
func (e echo) GetDemand(context.Context, *pb.GetDemandRequest) (*pb.Demand, error) {
	return e.demand, nil
}

// startEcho serves the bare side and returns connections to it.
func startEcho(d *pb.Demand) (conns []*grpc.ClientConn, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s := grpc.NewServer(grpc.NumStreamWorkers(streamWorkers))
	pb.RegisterDemandServiceServer(s, echo{demand: d})
	go func() { _ = s.Serve(l) }() // its end is Stop
	conns, err = dial(l.Addr().String())
	return conns, func() {
		for _, c := range conns {
			_ = c.Close()
		}
		s.Stop()
	}, err
}

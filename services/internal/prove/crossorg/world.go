// Package crossorg runs the same history twice, with the same source of randomness and the same clock, and in the second run puts other things where an
// organization keeps them to itself: drafts, sealed bids, tokens, invitations, contracts. Every byte that anybody else reads, over every method that reads,
// by gRPC and by REST, must be the same.
//
// What commits to a whole ledger without telling of it is left out, field by field: its roots and proofs, which are salted hashes.
package crossorg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/prove/sealing"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	home = "330182"
	away = "330127"
)

// somebody is a caller of a world.
type somebody struct{ name, organization, secret string }

func (s somebody) as(ctx context.Context) context.Context {
	if s.secret == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.secret)
}

// world is one of the two runs of a history.
type world struct {
	server  *services.Server
	clock   *clock.Manual
	http    string
	chance  *tape         // of the server
	ids     chance.Source // of request ids, which stand in the entries of whoever makes them
	variant int           // which of the two it is
	n       int
	stop    func() error

	admin, firm, other, zju, sspu, broker somebody
	observers                             map[string]somebody
	public                                *pb.Demand // of the other firm, open for bids
	awarded                               *pb.Demand // of the firm, to the university
	contract                              *pb.Contract
	names                                 []string       // of what the history of the present pair is about
	hidden                                []string       // names of bids that are in this world alone
	heard                                 []string       // answers to what is done in the open
	sequence                              int64          // of the ledger before the present pair
	drawn                                 map[int64]bool // entries whose order chance has drawn
	keeper                                sealing.Custodian
}

// open runs a world that begins like every other of its seed.
func open(ctx context.Context, seed string, variant int) (w *world, err error) {
	dir, err := os.MkdirTemp("", "jiebang-crossorg-")
	if err != nil {
		return nil, err
	}
	w = &world{chance: &tape{source: chance.Seeded(seed)}, clock: clock.NewManual(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)), ids: chance.Seeded("ids " + seed), variant: variant, observers: map[string]somebody{}, drawn: map[int64]bool{}}
	w.server, err = services.Open(ctx, services.Config{DataDir: dir, Clock: w.clock, Rand: w.chance, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0",
		Limits: limit.None, PasswordCost: credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}, Jurisdictions: []services.Jurisdiction{{Code: home, Bureau: "建德市科学技术局"}, {Code: away, Bureau: "淳安县科学技术局"}}})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- w.server.Serve(serving, func(a services.Addresses) { ready <- a }) }()
	w.stop = func() error {
		end()
		return errors.Join(<-done, w.server.Close(), os.RemoveAll(dir))
	}
	select {
	case a := <-ready:
		w.http = a.HTTP
	case err := <-done:
		return nil, errors.Join(err, w.server.Close(), os.RemoveAll(dir))
	}
	if err := w.found(ctx); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return w, nil
}

func (w *world) id() string { return chance.UUID(w.ids) }

// join registers an organization with a token in roles.
func (w *world) join(ctx context.Context, name string, k pb.Organization_Kind, roles ...pb.Role) (somebody, error) {
	w.n++
	o, err := pb.NewOrganizationServiceClient(w.server.Conn()).CreateOrganization(w.admin.as(ctx), &pb.CreateOrganizationRequest{RequestId: w.id(), Organization: &pb.Organization{
		DisplayName: "机构 " + name, Kind: k, Uscc: party.Complete(fmt.Sprintf("91330182MA3R%05d", w.n))}})
	if err != nil {
		return somebody{}, err
	}
	return w.token(ctx, name, o.GetName(), roles...)
}

func (w *world) token(ctx context.Context, name, organization string, roles ...pb.Role) (somebody, error) {
	t, err := pb.NewOrganizationServiceClient(w.server.Conn()).CreateToken(w.admin.as(ctx), &pb.CreateTokenRequest{RequestId: w.id(), Parent: organization,
		Token: &pb.Token{DisplayName: name, Roles: roles}})
	s := somebody{name, organization, t.GetSecret()}
	w.observers[name] = s
	return s, err
}

// found lets everybody join, and makes the deal whose contract is drafted later.
func (w *world) found(ctx context.Context) error {
	w.admin = somebody{name: "bureau", secret: w.server.FirstTokens[home]}
	caller, err := pb.NewOrganizationServiceClient(w.server.Conn()).GetCaller(w.admin.as(ctx), &pb.GetCallerRequest{Name: "caller"})
	if err != nil {
		return err
	}
	w.admin.organization = caller.GetOrganization().GetName()
	w.observers["nobody"], w.observers["other bureau"] = somebody{name: "nobody"}, somebody{name: "other bureau", secret: w.server.FirstTokens[away]}
	trade := []pb.Role{pb.Role_OWNER, pb.Role_EDITOR, pb.Role_SIGNER}
	for _, o := range []struct {
		into *somebody
		name string
		kind pb.Organization_Kind
	}{{&w.firm, "firm", pb.Organization_ENTERPRISE}, {&w.other, "other firm", pb.Organization_ENTERPRISE}, {&w.zju, "university", pb.Organization_UNIVERSITY},
		{&w.sspu, rival, pb.Organization_UNIVERSITY}, {&w.broker, "broker", pb.Organization_BROKER}} {
		if *o.into, err = w.join(ctx, o.name, o.kind, trade...); err != nil {
			return err
		}
	}
	for name, role := range map[string]pb.Role{"operator": pb.Role_OPERATOR, "approver": pb.Role_APPROVER, "registrar": pb.Role_REGISTRAR, "auditor": pb.Role_AUDITOR,
		"secadmin": pb.Role_SECADMIN, "sysadmin": pb.Role_SYSADMIN, "auditadmin": pb.Role_AUDITADMIN, "custodian": pb.Role_CUSTODIAN} {
		w.observers[name] = somebody{name: name, secret: role.String()}
	}
	for _, name := range officials { // in one order in both worlds
		if _, err := w.token(ctx, name, w.admin.organization, pb.Role(pb.Role_value[w.observers[name].secret])); err != nil {
			return err
		}
	}
	return errors.Join(w.keep(ctx), w.deal(ctx))
}

// keep lets three custodians keep keys; the first of them observes.
func (w *world) keep(ctx context.Context) error {
	m := &sealing.Market{Server: w.server, Conn: w.server.Conn(), Rand: w.ids, Clock: w.clock}
	all, err := m.Custodians(ctx, w.admin.organization, 3)
	if err != nil {
		return err
	}
	w.keeper = all[0]
	w.observers["keeper"] = somebody{"keeper", w.admin.organization, w.keeper.Secret}
	return nil
}

var officials = []string{"operator", "approver", "registrar", "auditor", "secadmin", "sysadmin", "auditadmin", "custodian"}

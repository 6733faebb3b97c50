package account

import (
	"context"

	"github.com/jiebang/jiebang/services/account/kept"
	"github.com/jiebang/jiebang/services/account/passkey"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// organizationID reads the organization that a login or a switch names; empty for none.
func organizationID(name string) (string, error) {
	if name == "" {
		return "", nil
	}
	ids, err := rpc.Resource("organization", name, "organizations/*")
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func message(v *View) *pb.Account {
	p := v.Person
	m := &pb.Account{Name: "account", Person: id.PersonName(p.ID), Login: v.Facts.LoginText, DisplayName: v.Facts.DisplayName, Email: v.Facts.Email, Phone: v.Facts.Phone,
		SecondFactor: v.SecondFactor, SecureTime: rpc.Stamp(p.SecuredAt), CreateTime: rpc.Stamp(p.CreatedAt), Etag: rpc.Etag(p.Version),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: p.Jurisdiction, Sequence: p.EntrySeq, Hash: p.EntryHash})}
	for _, o := range v.Organizations {
		m.Organizations = append(m.Organizations, id.OrganizationName(o))
	}
	return m
}

func sessionMessage(ctx context.Context) func(*Session, error) (*pb.Session, error) {
	return func(s *Session, err error) (*pb.Session, error) {
		if err != nil {
			return nil, err
		}
		return session(ctx, s), nil
	}
}

func session(ctx context.Context, s *Session) *pb.Session {
	m := &pb.Session{Name: "sessions/" + s.Row.ID, Method: s.Row.Method, Address: s.Row.Address, Agent: s.Row.Agent, Current: s.Row.ID == identity.Caller(ctx).Session,
		CreateTime: rpc.Stamp(s.Row.CreatedAt), ExpireTime: rpc.Stamp(s.Row.ExpiresAt), LastUseTime: rpc.Stamp(s.Row.SeenAt), StepUpTime: rpc.OptionalStamp(s.Row.SteppedAt)}
	if s.Organization != "" {
		m.Organization = id.OrganizationName(s.Organization)
	}
	return m
}

func opened(s *Session, err error) (*pb.LoginResponse, error) {
	if err != nil {
		return nil, err
	}
	m := &pb.LoginResponse{Session: session(context.Background(), s), Secret: s.Secret, FactorMissing: s.FactorMissing}
	m.Session.Current = true
	for _, o := range s.Organizations {
		m.Organizations = append(m.Organizations, id.OrganizationName(o))
	}
	return m, nil
}

func challenge(c passkey.Challenge, err error) (*pb.PasskeyChallenge, error) {
	return &pb.PasskeyChallenge{Ceremony: c.Ceremony, OptionsJson: c.Options}, err
}

func factor(f kept.Factor) *pb.Factor {
	return &pb.Factor{Name: "factors/" + f.Name, Kind: rpc.Enum[pb.Factor_Kind](pb.Factor_Kind_value, f.Row.Kind), DisplayName: f.Row.Label, CodesLeft: int32(f.Left),
		CreateTime: rpc.Stamp(f.Row.CreatedAt), LastUseTime: rpc.OptionalStamp(f.Row.UsedAt)}
}

// Opened is the message of a new session.
func Opened(s *Session, err error) (*pb.LoginResponse, error) { return opened(s, err) }

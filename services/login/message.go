package login

import (
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func linkMessage(l *ent.Link, err error) (*pb.SignOnLink, error) {
	if err != nil {
		return nil, err
	}
	m := &pb.SignOnLink{Name: "signOnLinks/" + l.ID, Issuer: l.Issuer, Subject: l.Subject}
	if !l.CreatedAt.IsZero() {
		m.CreateTime = rpc.Stamp(l.CreatedAt)
	}
	return m, nil
}

func deviceMessage(d *ent.DeviceLogin, err error) (*pb.DeviceLogin, error) {
	if err != nil {
		return nil, err
	}
	return &pb.DeviceLogin{Name: "deviceLogins/" + ShowCode(d.UserCode), Agent: d.Agent, Address: d.Address, CreateTime: rpc.Stamp(d.CreatedAt),
		ExpireTime: rpc.Stamp(d.ExpiresAt)}, nil
}

func startedMessage(s Started, err error) (*pb.StartDeviceLoginResponse, error) {
	if err != nil {
		return nil, err
	}
	return &pb.StartDeviceLoginResponse{DeviceCode: s.DeviceCode, UserCode: s.UserCode, VerificationUri: s.Address, CompleteVerificationUri: s.Complete,
		Lifetime: durationpb.New(s.Life), Interval: durationpb.New(s.Interval)}, nil
}

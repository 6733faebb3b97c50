package rpc

import (
	"context"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/fault"
)

// ask leaves a request that a second person must approve, in a transaction of its own, and names it in the refusal. What would be refused anyway never
// comes here: it has been decided on in everything else. A token has nobody who could answer for it to a second person, so nothing is asked for it.
func (g *Gate) ask(ctx context.Context, in *Incoming, req any, alone error) error {
	m, isMessage := req.(proto.Message)
	named, isNamed := req.(interface{ GetName() string })
	if !isMessage || !isNamed || in.ValidateOnly || in.Caller.Person == "" {
		return alone
	}
	text, err := protojson.Marshal(m)
	if err != nil {
		return err
	}
	name, err := g.Ask(ctx, named.GetName(), text)
	if err != nil {
		return err
	}
	return fault.As(alone).With("approval", name)
}

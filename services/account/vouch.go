package account

import (
	"context"
	"errors"

	"github.com/jiebang/jiebang/ent/gen/ent"
)

// ErrUnproven says that a password alone proves nobody here.
var ErrUnproven = errors.New("该账号没有启用第二因素")

// Vouch proves a person by login, password and second factor, for one act of the server's own operator. It opens no session.
func (a *Accounts) Vouch(ctx context.Context, t Attempt) (*ent.Person, error) {
	o := Opening{}
	if err := a.withPassword(ctx, t, &o); err != nil {
		return nil, err
	}
	if !o.Factor {
		return nil, ErrUnproven
	}
	return o.Person, nil
}

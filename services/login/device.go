package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entdevicelogin "github.com/jiebang/jiebang/ent/gen/ent/devicelogin"
	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Faults of devices.
var (
	ErrPending        = fault.New(fault.Precondition, "DEVICE_PENDING", "the person has not answered yet; ask again after the interval")
	ErrSlowDown       = fault.New(fault.Exhausted, "DEVICE_SLOW_DOWN", "the device asks too often; wait five seconds longer each time")
	ErrDenied         = fault.New(fault.Forbidden, "DEVICE_DENIED", "the person has said no")
	ErrExpired        = fault.New(fault.Precondition, "DEVICE_EXPIRED", "the codes have expired; begin again")
	ErrDeviceCode     = fault.New(fault.Unauthenticated, "DEVICE_CODE", "there is no such device code, or its session was taken before")
	ErrDeviceNotFound = fault.New(fault.NotFound, "DEVICE_NOT_FOUND", "no device waits with this code")
)

const (
	deviceLife = 15 * time.Minute
	interval   = 5 * time.Second // between two questions of a device
	codeSigns  = 8
	// letters are what user codes are made of: no vowels, so that they are no words, and no digits, which look like letters.
	letters = "BCDFGHJKLMNPQRSTVWXZ"
)

// How much devices and persons may try. A code weighs fifteen: twenty of them at once, and then one in a quarter of a minute, against 20^8 that there are.
var (
	asking   = limit.Rate{PerSecond: 1, Burst: 60}
	guessing = limit.Rate{PerSecond: 1, Burst: 300}
)

const codeWeight = 15

// Started is what a device is told.
type Started struct {
	DeviceCode, UserCode string
	Address, Complete    string // where its person says yes, without and with the user code
	Life, Interval       time.Duration
}

// Start begins the login of a device.
func (l *Logins) Start(ctx context.Context, agent string) (Started, error) {
	now, address := l.db.Clock().Now(), rpc.From(ctx).Address
	if wait := l.devices.Take(limit.Address, address, now); wait > 0 {
		return Started{}, rpc.RetryAfter(rpc.ErrRate.With("budget", "device"), wait)
	}
	code := base64.RawURLEncoding.EncodeToString(chance.Bytes(l.db.Rand(), 32))
	user := userCode(l.db.Rand())
	err := storage.Aside(ctx, l.db, func(tx *storage.Side) error {
		return tx.DeviceLogin.Create().SetID(deviceID(code)).SetUserCode(user).SetAgent(cutTo(agent, 200)).SetAddress(cutTo(address, 64)).SetCreatedAt(now).
			SetExpiresAt(now.Add(deviceLife)).Exec(ctx)
	})
	page, shown := l.origin+"/device", ShowCode(user)
	return Started{code, shown, page, page + "?user_code=" + shown, deviceLife, interval}, err
}

// deviceID is how a device code is kept.
func deviceID(code string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(code))) }

// userCode makes a user code; every one is as likely as every other.
func userCode(rand chance.Source) string {
	var b strings.Builder
	for b.Len() < codeSigns {
		if n := chance.Bytes(rand, 1)[0]; int(n) < 256/len(letters)*len(letters) {
			b.WriteByte(letters[int(n)%len(letters)])
		}
	}
	return b.String()
}

// ShowCode is a user code as people read it.
func ShowCode(code string) string { return code[:codeSigns/2] + "-" + code[codeSigns/2:] }

// readCode is a user code as people type it; false if it is none.
func readCode(text string) (string, bool) {
	code := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -‐–—-", r) {
			return -1
		}
		return r
	}, strings.ToUpper(text))
	return code, len(code) == codeSigns && strings.Trim(code, letters) == ""
}

// Poll asks for the session of a device, which is given once.
func (l *Logins) Poll(ctx context.Context, code string) (*account.Session, error) {
	now := l.db.Clock().Now()
	var d *ent.DeviceLogin
	err := storage.Aside(ctx, l.db, func(tx *storage.Side) (err error) {
		if d, err = tx.DeviceLogin.Query().Where(entdevicelogin.ID(deviceID(code))).Only(ctx); ent.IsNotFound(err) {
			return ErrDeviceCode
		}
		if err != nil {
			return err
		}
		early := d.PolledAt != nil && now.Sub(*d.PolledAt) < interval
		if err := tx.DeviceLogin.UpdateOne(d).SetPolledAt(now).Exec(ctx); err != nil || !early {
			return err
		}
		d = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch {
	case d == nil:
		return nil, rpc.RetryAfter(ErrSlowDown, 2*interval)
	case d.Taken:
		return nil, ErrDeviceCode
	case !now.Before(d.ExpiresAt):
		return nil, ErrExpired
	case d.Denied:
		return nil, ErrDenied
	case d.SessionID == "":
		return nil, ErrPending
	}
	return l.take(ctx, d)
}

// take gives a device its session. The mark comes first: should the session fail, the device begins again, and never are there two.
func (l *Logins) take(ctx context.Context, d *ent.DeviceLogin) (*account.Session, error) {
	err := storage.Aside(ctx, l.db, func(tx *storage.Side) error {
		n, err := tx.DeviceLogin.Update().Where(entdevicelogin.ID(d.ID), entdevicelogin.Taken(false), entdevicelogin.Denied(false)).SetTaken(true).Save(storage.Several(ctx))
		if err == nil && n == 0 {
			return ErrDeviceCode
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return l.accounts.Follow(ctx, d.SessionID, "device", d.Agent)
}

// Waiting reads the device that waits with a user code, for the caller to look at.
func (l *Logins) Waiting(ctx context.Context, code string) (*ent.DeviceLogin, error) {
	user, err := l.typed(ctx, code)
	if err != nil {
		return nil, err
	}
	d, err := l.db.Read.DeviceLogin.Query().Where(entdevicelogin.UserCode(user), entdevicelogin.ExpiresAtGT(l.db.Clock().Now()), entdevicelogin.Denied(false),
		entdevicelogin.SessionID("")).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, ErrDeviceNotFound
	}
	return d, err
}

// typed reads a user code that a person types, and counts how many.
func (l *Logins) typed(ctx context.Context, code string) (string, error) {
	personID, err := person(ctx)
	if err != nil {
		return "", err
	}
	if wait := l.codes.TakeN(limit.Principal, personID, codeWeight, l.db.Clock().Now()); wait > 0 {
		return "", rpc.RetryAfter(rpc.ErrRate.With("budget", "user_code"), wait)
	}
	user, ok := readCode(code)
	if !ok {
		return "", ErrDeviceNotFound
	}
	return user, nil
}

// Answer says yes or no to a device, once.
func (l *Logins) Answer(ctx context.Context, code string, yes bool) (*ent.DeviceLogin, error) {
	user, err := l.typed(ctx, code)
	if err != nil {
		return nil, err
	}
	var d *ent.DeviceLogin
	err = storage.Aside(ctx, l.db, func(tx *storage.Side) error {
		change := tx.DeviceLogin.Update().Where(entdevicelogin.UserCode(user), entdevicelogin.ExpiresAtGT(l.db.Clock().Now()), entdevicelogin.Denied(false),
			entdevicelogin.SessionID(""))
		if yes {
			change.SetSessionID(rpc.From(ctx).Caller.Session)
		} else {
			change.SetDenied(true)
		}
		n, err := change.Save(storage.Several(ctx))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrDeviceNotFound
		}
		d, err = tx.DeviceLogin.Query().Where(entdevicelogin.UserCode(user)).Only(ctx)
		return err
	})
	return d, err
}

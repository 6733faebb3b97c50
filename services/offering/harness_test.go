package offering_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/profile"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// refusal is a call that must be refused for a reason.
type refusal struct {
	name   string
	call   func() error
	code   codes.Code
	reason string
	field  string
}

// refuse makes calls that must be refused.
func refuse(t *testing.T, m *markettest.Market, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { m.Refuse(t, r.call, r.code, r.reason, r.field) })
	}
}

// offer is an achievement or a profile.
type offer interface {
	proto.Message
	GetName() string
	GetEtag() string
	GetOrganization() string
	GetExternalId() string
	GetReceipt() *pb.Receipt
}

// state is the name of the state of an offer.
func state(o offer) string {
	m := o.ProtoReflect()
	f := m.Descriptor().Fields().ByName("state")
	return string(f.Enum().Values().ByNumber(m.Get(f).Enum()).Name())
}

// kind is a kind of what is offered: both are held to the same.
type kind struct {
	name, plural, title string   // title is the field that people call it by
	fields              []string // that its owner writes
	draft               func(*markettest.Member) offer
	create              func(ctx context.Context, o offer) (offer, error)
	get                 func(ctx context.Context, name string) (offer, error)
	update              func(ctx context.Context, o offer, mask ...string) (offer, error)
	publish             func(ctx context.Context, name, etag string) (offer, error)
	withdraw            func(ctx context.Context, name, etag string) (offer, error)
	list                func(ctx context.Context, req *pb.ListAchievementsRequest) ([]offer, string, error)
}

// reason is a reason of the kind, such as PROFILE_STATE.
func (k kind) reason(end string) string { return strings.ToUpper(k.name) + "_" + end }

// of gives an error the type of an interface that has no value.
func of[T offer](o T, err error) (offer, error) { return o, err }

func mask(paths []string) *fieldmaskpb.FieldMask {
	if paths == nil {
		return nil
	}
	return &fieldmaskpb.FieldMask{Paths: paths}
}

// kinds are both kinds in a market.
func kinds(m *markettest.Market) []kind {
	return []kind{{
		name: "achievement", plural: "achievements", title: "title", fields: achievement.Fields,
		draft: func(o *markettest.Member) offer { return m.Achieve(o) },
		create: func(ctx context.Context, o offer) (offer, error) {
			return of(m.Achievements.CreateAchievement(ctx, &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: o.(*pb.Achievement)}))
		},
		get: func(ctx context.Context, name string) (offer, error) {
			return of(m.Achievements.GetAchievement(ctx, &pb.GetAchievementRequest{Name: name}))
		},
		update: func(ctx context.Context, o offer, paths ...string) (offer, error) {
			return of(m.Achievements.UpdateAchievement(ctx, &pb.UpdateAchievementRequest{RequestId: markettest.ID(), Achievement: o.(*pb.Achievement), UpdateMask: mask(paths)}))
		},
		publish: func(ctx context.Context, name, etag string) (offer, error) {
			return of(m.Achievements.PublishAchievement(ctx, &pb.PublishAchievementRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
		withdraw: func(ctx context.Context, name, etag string) (offer, error) {
			return of(m.Achievements.WithdrawAchievement(ctx, &pb.WithdrawAchievementRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
		list: func(ctx context.Context, req *pb.ListAchievementsRequest) (all []offer, _ string, _ error) {
			resp, err := m.Achievements.ListAchievements(ctx, req)
			for _, a := range resp.GetAchievements() {
				all = append(all, a)
			}
			return all, resp.GetNextPageToken(), err
		},
	}, {
		name: "profile", plural: "profiles", title: "display_name", fields: profile.Fields,
		draft: func(o *markettest.Member) offer { return m.Describe(o) },
		create: func(ctx context.Context, o offer) (offer, error) {
			return of(m.Profiles.CreateProfile(ctx, &pb.CreateProfileRequest{RequestId: markettest.ID(), Profile: o.(*pb.Profile)}))
		},
		get: func(ctx context.Context, name string) (offer, error) {
			return of(m.Profiles.GetProfile(ctx, &pb.GetProfileRequest{Name: name}))
		},
		update: func(ctx context.Context, o offer, paths ...string) (offer, error) {
			return of(m.Profiles.UpdateProfile(ctx, &pb.UpdateProfileRequest{RequestId: markettest.ID(), Profile: o.(*pb.Profile), UpdateMask: mask(paths)}))
		},
		publish: func(ctx context.Context, name, etag string) (offer, error) {
			return of(m.Profiles.PublishProfile(ctx, &pb.PublishProfileRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
		withdraw: func(ctx context.Context, name, etag string) (offer, error) {
			return of(m.Profiles.WithdrawProfile(ctx, &pb.WithdrawProfileRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		},
		list: func(ctx context.Context, req *pb.ListAchievementsRequest) (all []offer, _ string, _ error) {
			resp, err := m.Profiles.ListProfiles(ctx, &pb.ListProfilesRequest{PageSize: req.GetPageSize(), PageToken: req.GetPageToken(), Filter: req.GetFilter(), OrderBy: req.GetOrderBy()})
			for _, p := range resp.GetProfiles() {
				all = append(all, p)
			}
			return all, resp.GetNextPageToken(), err
		},
	}}
}

// each runs test for both kinds in a market on each kind of database.
func each(t *testing.T, test func(t *testing.T, m *markettest.Market, k kind)) {
	t.Helper()
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for _, k := range kinds(m) {
			t.Run(k.name, func(t *testing.T) { test(t, m, k) })
		}
	})
}

// with is a copy of an offer with other texts in fields.
func with(o offer, fields map[string]string) offer {
	o = proto.Clone(o).(offer)
	for name, text := range fields {
		o.ProtoReflect().Set(o.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(text))
	}
	return o
}

// walked are an offer in each of its states, by the states' names.
func walked(t *testing.T, k kind, owner *markettest.Member) map[string]offer {
	t.Helper()
	draft, listed, withdrawn := k.draft(owner), k.draft(owner), k.draft(owner)
	listed = markettest.Must(k.publish(owner.Ctx(), listed.GetName(), listed.GetEtag()))(t)
	withdrawn = markettest.Must(k.publish(owner.Ctx(), withdrawn.GetName(), withdrawn.GetEtag()))(t)
	withdrawn = markettest.Must(k.withdraw(owner.Ctx(), withdrawn.GetName(), withdrawn.GetEtag()))(t)
	return map[string]offer{"DRAFT": draft, "LISTED": listed, "WITHDRAWN": withdrawn}
}

func publishTime(o offer) time.Time {
	return o.(interface{ GetPublishTime() *timestamppb.Timestamp }).GetPublishTime().AsTime()
}

// without takes a field out of a message.
func without(m proto.Message, field string) {
	m.ProtoReflect().Clear(m.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(field)))
}

// copyField copies a field, or all of fields if it is empty, from one message into another.
func copyField(into, from offer, fields []string, field string) {
	for _, f := range fields {
		if field == "" || f == field {
			d := from.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(f))
			if without(into, f); from.ProtoReflect().Has(d) {
				into.ProtoReflect().Set(d, from.ProtoReflect().Get(d))
			}
		}
	}
}

// written is a row on one line.
func written(row entry.Row) string {
	var b strings.Builder
	for _, c := range row {
		b.WriteString(c.Name + "=" + c.Value + "|")
	}
	return b.String()
}

package offering

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entachievement "github.com/jiebang/jiebang/ent/gen/ent/achievement"
	entprofile "github.com/jiebang/jiebang/ent/gen/ent/profile"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/offering/form"
	"github.com/jiebang/jiebang/services/offering/profile"
	"github.com/jiebang/jiebang/services/offering/sheet"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type achievements struct {
	pb.UnimplementedAchievementServiceServer
	offering *Offering
	pager    *listing.Pager
}

type profiles struct {
	pb.UnimplementedProfileServiceServer
	offering *Offering
	pager    *listing.Pager
}

// Serve serves achievements and profiles.
func (o *Offering) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterAchievementServiceServer(reg, achievements{offering: o, pager: pager})
	pb.RegisterProfileServiceServer(reg, profiles{offering: o, pager: pager})
}

var achievementFields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"field":        {Column: "field", Type: listing.Code},
	"maturity":     {Column: "maturity", Type: listing.Code},
	"jurisdiction": {Column: "jurisdiction"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"region":       {Column: "region"},
	"external_id":  {Column: "external_id"},
	"title":        {Column: "title"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
	"update_time":  {Column: "updated_at", Type: listing.Instant},
	"publish_time": {Column: "published_at", Type: listing.Instant},
}

var profileFields = listing.Fields{
	"state":        {Column: "state", Type: listing.Code},
	"kind":         {Column: "kind", Type: listing.Code},
	"jurisdiction": {Column: "jurisdiction"},
	"organization": {Column: "organization_id", Prefix: "organizations/"},
	"region":       {Column: "region"},
	"external_id":  {Column: "external_id"},
	"display_name": {Column: "display_name"},
	"create_time":  {Column: "created_at", Type: listing.Instant},
	"update_time":  {Column: "updated_at", Type: listing.Instant},
	"publish_time": {Column: "published_at", Type: listing.Instant},
}

var sorts = map[string]listing.Sort{
	"create_time desc": {Column: "created_at", Desc: true}, "create_time": {Column: "created_at"},
	"publish_time desc": {Column: "published_at", Desc: true}, "publish_time": {Column: "published_at"},
}

func (s achievements) CreateAchievement(ctx context.Context, req *pb.CreateAchievementRequest) (*pb.Achievement, error) {
	c, err := achievementContent(req.GetAchievement())
	if err != nil {
		return nil, err
	}
	return answer(AchievementMessage)(s.offering.DraftAchievement(ctx, c))
}

func (s profiles) CreateProfile(ctx context.Context, req *pb.CreateProfileRequest) (*pb.Profile, error) {
	return answer(ProfileMessage)(s.offering.DraftProfile(ctx, profileContent(req.GetProfile())))
}

func (s achievements) GetAchievement(ctx context.Context, req *pb.GetAchievementRequest) (*pb.Achievement, error) {
	ids, err := rpc.Resource("name", req.GetName(), "achievements/*")
	if err != nil {
		return nil, err
	}
	return answer(AchievementMessage)(FindAchievement(ctx, s.offering.db.Read, ids[0], identity.Caller(ctx)))
}

func (s profiles) GetProfile(ctx context.Context, req *pb.GetProfileRequest) (*pb.Profile, error) {
	ids, err := rpc.Resource("name", req.GetName(), "profiles/*")
	if err != nil {
		return nil, err
	}
	return answer(ProfileMessage)(FindProfile(ctx, s.offering.db.Read, ids[0], identity.Caller(ctx)))
}

func (s achievements) ListAchievements(ctx context.Context, req *pb.ListAchievementsRequest) (*pb.ListAchievementsResponse, error) {
	page, filter, err := open(s.pager, "achievements", achievementFields, req)
	if err != nil {
		return nil, err
	}
	query := s.offering.db.Read.Achievement.Query().Where(page.Where, ReadableAchievements(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListAchievementsResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(a *ent.Achievement) (time.Time, string) {
		if page.SortedBy("published_at") {
			return *a.PublishedAt, a.ID
		}
		return a.CreatedAt, a.ID
	})
	for _, a := range rows {
		resp.Achievements = append(resp.Achievements, AchievementMessage(a))
	}
	return resp, err
}

func (s profiles) ListProfiles(ctx context.Context, req *pb.ListProfilesRequest) (*pb.ListProfilesResponse, error) {
	page, filter, err := open(s.pager, "profiles", profileFields, req)
	if err != nil {
		return nil, err
	}
	query := s.offering.db.Read.Profile.Query().Where(page.Where, ReadableProfiles(identity.Caller(ctx)))
	if filter != nil {
		query.Where(filter)
	}
	rows, err := query.All(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListProfilesResponse{}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(p *ent.Profile) (time.Time, string) {
		if page.SortedBy("published_at") {
			return *p.PublishedAt, p.ID
		}
		return p.CreatedAt, p.ID
	})
	for _, p := range rows {
		resp.Profiles = append(resp.Profiles, ProfileMessage(p))
	}
	return resp, err
}

// listRequest is a request for a page of a list.
type listRequest interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
	GetOrderBy() string
}

// open decodes a request for a page.
func open(pager *listing.Pager, list string, fields listing.Fields, req listRequest) (*listing.Page, func(*sql.Selector), error) {
	page, err := pager.Open(listing.Query{List: list, Size: req.GetPageSize(), Token: req.GetPageToken(), Filter: req.GetFilter(), OrderBy: req.GetOrderBy(),
		Sorts: sorts, Default: "create_time desc"})
	if err != nil {
		return nil, nil, err
	}
	filter, err := fields.ParseFilter(req.GetFilter())
	return page, filter, err
}

// ReadableAchievements restricts a query to the achievements that FindAchievement would give the caller.
func ReadableAchievements(caller party.Caller) func(*sql.Selector) {
	return readable(entachievement.FieldState, string(achievement.Listed), entachievement.FieldOrganizationID, caller)
}

// ReadableProfiles restricts a query to the profiles that FindProfile would give the caller.
func ReadableProfiles(caller party.Caller) func(*sql.Selector) {
	return readable(entprofile.FieldState, string(profile.Listed), entprofile.FieldOrganizationID, caller)
}

func readable(state, listed, organization string, caller party.Caller) func(*sql.Selector) {
	return func(s *sql.Selector) {
		public := sql.EQ(s.C(state), listed)
		if !caller.Known() {
			s.Where(public)
			return
		}
		s.Where(sql.Or(public, sql.EQ(s.C(organization), caller.Organization)))
	}
}

func (s achievements) UpdateAchievement(ctx context.Context, req *pb.UpdateAchievementRequest) (*pb.Achievement, error) {
	ids, err := rpc.Resource("achievement.name", req.GetAchievement().GetName(), "achievements/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetAchievement(), "achievement", req.GetUpdateMask(), achievement.Fields)
	if err != nil {
		return nil, err
	}
	c, err := achievementContent(m)
	if err != nil {
		return nil, err
	}
	return answer(AchievementMessage)(s.offering.EditAchievement(ctx, ids[0], req.GetAchievement().GetEtag(), c, mask))
}

func (s profiles) UpdateProfile(ctx context.Context, req *pb.UpdateProfileRequest) (*pb.Profile, error) {
	ids, err := rpc.Resource("profile.name", req.GetProfile().GetName(), "profiles/*")
	if err != nil {
		return nil, err
	}
	m, mask, err := rpc.Update(req.GetProfile(), "profile", req.GetUpdateMask(), profile.Fields)
	if err != nil {
		return nil, err
	}
	return answer(ProfileMessage)(s.offering.EditProfile(ctx, ids[0], req.GetProfile().GetEtag(), profileContent(m), mask))
}

func (s achievements) PublishAchievement(ctx context.Context, req *pb.PublishAchievementRequest) (*pb.Achievement, error) {
	ids, err := rpc.Resource("name", req.GetName(), "achievements/*")
	if err != nil {
		return nil, err
	}
	return answer(AchievementMessage)(s.offering.PublishAchievement(ctx, ids[0], req.GetEtag()))
}

func (s profiles) PublishProfile(ctx context.Context, req *pb.PublishProfileRequest) (*pb.Profile, error) {
	ids, err := rpc.Resource("name", req.GetName(), "profiles/*")
	if err != nil {
		return nil, err
	}
	return answer(ProfileMessage)(s.offering.PublishProfile(ctx, ids[0], req.GetEtag()))
}

func (s achievements) WithdrawAchievement(ctx context.Context, req *pb.WithdrawAchievementRequest) (*pb.Achievement, error) {
	ids, err := rpc.Resource("name", req.GetName(), "achievements/*")
	if err != nil {
		return nil, err
	}
	return answer(AchievementMessage)(s.offering.WithdrawAchievement(ctx, ids[0], req.GetEtag()))
}

func (s profiles) WithdrawProfile(ctx context.Context, req *pb.WithdrawProfileRequest) (*pb.Profile, error) {
	ids, err := rpc.Resource("name", req.GetName(), "profiles/*")
	if err != nil {
		return nil, err
	}
	return answer(ProfileMessage)(s.offering.WithdrawProfile(ctx, ids[0], req.GetEtag()))
}

func (s achievements) ImportAchievements(ctx context.Context, req *pb.ImportAchievementsRequest) (*pb.ImportAchievementsResponse, error) {
	f, err := openFile(ctx, s.offering, req, form.Achievements, form.Achievement)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.shape(func(c achievement.Content) proto.Message { return achievementContentMessage(c) }); err != nil {
		return nil, err
	}
	results, err := importRows(ctx, s.offering.db, achievementGoods, f.rows, req.GetPublish())
	if err != nil {
		return nil, err
	}
	rows, n, workbook := f.imported(results, id.AchievementName)
	return &pb.ImportAchievementsResponse{Rows: rows, CreatedCount: n[Created], UpdatedCount: n[Updated], UnchangedCount: n[Unchanged], RefusedCount: n[Refused],
		Notes: f.table.Notes, Workbook: workbook}, nil
}

func (s profiles) ImportProfiles(ctx context.Context, req *pb.ImportProfilesRequest) (*pb.ImportProfilesResponse, error) {
	f, err := openFile(ctx, s.offering, req, form.Profiles, form.Profile)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.shape(func(c profile.Content) proto.Message { return profileContentMessage(c) }); err != nil {
		return nil, err
	}
	results, err := importRows(ctx, s.offering.db, profileGoods, f.rows, req.GetPublish())
	if err != nil {
		return nil, err
	}
	rows, n, workbook := f.imported(results, id.ProfileName)
	return &pb.ImportProfilesResponse{Rows: rows, CreatedCount: n[Created], UpdatedCount: n[Updated], UnchangedCount: n[Unchanged], RefusedCount: n[Refused],
		Notes: f.table.Notes, Workbook: workbook}, nil
}

func (s achievements) GetAchievementTemplate(_ context.Context, req *pb.GetAchievementTemplateRequest) (*pb.AchievementTemplate, error) {
	if _, err := rpc.Resource("name", req.GetName(), "achievementTemplate"); err != nil {
		return nil, err
	}
	content, err := sheet.Template("科技成果清单", form.Achievements)
	return &pb.AchievementTemplate{Name: req.GetName(), Content: content}, err
}

func (s profiles) GetProfileTemplate(_ context.Context, req *pb.GetProfileTemplateRequest) (*pb.ProfileTemplate, error) {
	if _, err := rpc.Resource("name", req.GetName(), "profileTemplate"); err != nil {
		return nil, err
	}
	content, err := sheet.Template("专家、实验室与技术经纪人清单", form.Profiles)
	return &pb.ProfileTemplate{Name: req.GetName(), Content: content}, err
}

// answer makes the answer of a method of what it leaves.
func answer[T any, M proto.Message](message func(*T) M) func(*T, error) (M, error) {
	return func(t *T, err error) (m M, _ error) {
		if err != nil {
			return m, err
		}
		return message(t), nil
	}
}

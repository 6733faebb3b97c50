// Package services composes the areas into a server. The areas, in the order in which they may import one another, top first:
//
//	reference    code lists, read only
//	identity     organizations and the tokens that act for them
//	account      persons, what they prove themselves with, where they are logged in
//	login        persons by an identity provider outside, and their devices
//	approving    what two persons do
//	member       who belongs to an organization, with which roles
//	ledger       the ledger of each jurisdiction, proofs, checkpoints, consumers
//	witnessing   cosignatures of witnesses, the guard against databases that were rolled back
//	keeping      key custodians 密钥保管人, what bids are sealed under
//	filing       files: upload, scan, download
//	posting      发榜: demands
//	vetting      论证: experts advise, the bureau decides what is published
//	asking       questions about demands, and answers
//	offering     achievements 科技成果, experts, laboratories
//	bidding      揭榜: bids, opening, award
//	revising     published demands amended, cancelled, withdrawn, with the bids that they have
//	opening      开标 by custodians
//	disclosing   what of a demand is confidential, and who has read it
//	judging      评榜: criteria, panel, ranking, the decision, 公示, the award
//	scoring      评榜: what each expert says of each bid
//	objecting    objections to a decision
//	accounting   记账: what each contract comes to
//	contracting  签约: contracts
//	settling     履约: milestones, acceptance, payments
//	amending     变更: amendments
//	registering  认定登记: registrations, the registry's list
//	counting     统计: figures by definitions, the records behind them
//	closing      结账: closed periods, restatements
//	monitoring   监测: red flags, cases
//	noticing     the inbox, webhooks
//	matching     searches and matches
//	watching     订阅: saved searches, digests
//	reporting    totals, verification
//	publishing   exports, OCDS, the feed of changes
//
// Each serves gRPC; REST is a client of the same services in the same process. demo is a client too.
package services

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/services/account"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/amending"
	"github.com/jiebang/jiebang/services/approving"
	"github.com/jiebang/jiebang/services/asking"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/closing"
	"github.com/jiebang/jiebang/services/contracting"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/disclosing"
	"github.com/jiebang/jiebang/services/filing"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/limit"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/telemetry"
	"github.com/jiebang/jiebang/services/judging"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/login"
	"github.com/jiebang/jiebang/services/matching"
	"github.com/jiebang/jiebang/services/matching/index"
	"github.com/jiebang/jiebang/services/member"
	"github.com/jiebang/jiebang/services/monitoring"
	"github.com/jiebang/jiebang/services/noticing"
	"github.com/jiebang/jiebang/services/objecting"
	"github.com/jiebang/jiebang/services/offering"
	"github.com/jiebang/jiebang/services/opening"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/publishing"
	"github.com/jiebang/jiebang/services/reference"
	"github.com/jiebang/jiebang/services/registering"
	"github.com/jiebang/jiebang/services/reporting"
	"github.com/jiebang/jiebang/services/revising"
	"github.com/jiebang/jiebang/services/scoring"
	"github.com/jiebang/jiebang/services/settling"
	"github.com/jiebang/jiebang/services/vetting"
	"github.com/jiebang/jiebang/services/watching"
	"github.com/jiebang/jiebang/services/witnessing"
)

// Jurisdiction is a 行政区划 and the bureau that keeps its ledger.
type Jurisdiction struct {
	Code   string // GB/T 2260, six digits
	Bureau string
}

// Config is what a server needs to know. The zero value of each field is right for one bureau on one machine.
type Config struct {
	DataDir       string          // keys, and the SQLite file; "data" if empty
	Database      string          // postgres://…; a SQLite file in DataDir if empty
	GRPCAddress   string          // "localhost:9090" if empty
	HTTPAddress   string          // "localhost:8080" if empty
	TLSCert       string          // PEM files; plain text if empty
	TLSKey        string          //
	Jurisdictions []Jurisdiction  // 330182 建德市科学技术局 if empty
	Reflection    bool            // let grpcurl list the services
	Search        Meilisearch     // a search server beside the engine in memory
	Limits        Limits          // of calls
	Files         filing.Config   // where files are kept, and what scans them
	Proxies       []netip.Prefix  // in front of the ports; their word is taken for where a call comes from
	Origin        string          // where people open the platform in a browser, as passkeys want it; the HTTP port if empty
	RedFlagsFile  string          // parameters of red flags: later versions, see redflag.NewTable; none if empty
	SignOnFile    string          // identity providers outside: a JSON array, see sso.Config; none if empty
	HookLoopback  bool            // webhooks may go to this machine, over http too: for development
	SecondFactor  bool            // members of authorities act for them only after a second factor
	PasswordCost  credential.Cost // of a password's hash; credential.Slow unless a test sets it
	Drain         time.Duration   // how long after a deadline what was received before it may wait for its turn
	Cover         time.Duration   // mean time between entries that cover for bids, while anybody may bid; none if 0
	Log           *slog.Logger
	Clock         clock.Clock   // the machine's unless a test or the demonstration sets it
	Rand          chance.Source // the operating system's unless a test sets it

	WitnessesFile string // who signs checkpoints too: a C2SP tlog-policy with URLs; none if empty
	AnchorFile    string // where the last checkpoints are noted outside the database; checkpoints.anchor in DataDir if empty

	// Two officers who answer for going on from a database that does not continue what was published; nobody if nil.
	AcceptRollback *Officers
}

func (c *Config) fill() error {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&c.DataDir, "data")
	set(&c.GRPCAddress, "localhost:9090")
	set(&c.HTTPAddress, "localhost:8080")
	set(&c.Origin, c.origin())
	set(&c.Database, filepath.Join(c.DataDir, "jiebang.db"))
	if len(c.Jurisdictions) == 0 {
		c.Jurisdictions = []Jurisdiction{{"330182", "建德市科学技术局"}}
	}
	for _, j := range c.Jurisdictions {
		if !id.IsJurisdiction(j.Code) || j.Bureau == "" {
			return fmt.Errorf("jurisdiction %q: want six digits and the bureau's name, such as 330182=建德市科学技术局", j.Code)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	set(&c.AnchorFile, filepath.Join(c.DataDir, "checkpoints.anchor"))
	if c.Search.KeysFile == "" {
		c.Search.KeysFile = filepath.Join(c.DataDir, "search-keys.json")
	}
	return os.MkdirAll(c.DataDir, 0o700)
}

// Server is an open marketplace. It serves nothing until Serve.
type Server struct {
	config      Config
	db          *storage.DB
	ledger      *ledger.Ledger
	keeping     *keeping.Keeping
	files       *filing.Filing
	posting     *posting.Posting
	bidding     *bidding.Bidding
	opening     *opening.Opening
	cover       *ledger.Cover // nil if nothing covers for bids
	judging     *judging.Judging
	objecting   *objecting.Objecting
	identity    *identity.Identity
	accounts    *account.Accounts
	members     *member.Members
	logins      *login.Logins
	reporting   *reporting.Reporting
	noticing    *noticing.Noticing
	index       *index.Index
	matching    *matching.Matching
	watching    *watching.Watching
	gate        *rpc.Gate
	inProcess   *rpc.InProcess
	grpc        *grpc.Server
	metrics     *telemetry.Metrics
	witnessing  *witnessing.Witnessing
	registering *registering.Registering
	monitoring  *monitoring.Monitoring

	// FirstTokens are the secrets of the first tokens of bureaus that were founded by this start, by jurisdiction. They are nowhere else.
	FirstTokens map[string]string
	// Migrated are the schema's versions before and after this start.
	Migrated [2]int64
}

// Open opens the database, brings it up to date, founds what is missing, and registers the services.
func Open(ctx context.Context, c Config) (*Server, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, storage.Options{URL: c.Database, Clock: c.Clock, Rand: c.Rand, Log: c.Log, Scope: scope.Install})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Server{config: c, db: db, FirstTokens: map[string]string{}}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	if s.Migrated[0], s.Migrated[1], err = s.db.Migrate(ctx); err != nil {
		return err
	}
	seed, err := secretFile(filepath.Join(s.config.DataDir, "ledger.key"), s.db.Rand())
	if err != nil {
		return err
	}
	s.ledger, s.identity, s.reporting = ledger.New(s.db, seed), identity.New(s.db), reporting.New(s.db)
	if s.accounts, err = account.New(s.db, account.Options{Seed: seed, Origin: s.config.Origin, SecondFactor: s.config.SecondFactor, Cost: s.config.PasswordCost}); err != nil {
		return err
	}
	if err := s.guard(ctx); err != nil {
		return err
	}
	for _, j := range s.config.Jurisdictions {
		if err := s.ledger.Found(ctx, j.Code, j.Bureau); err != nil {
			return err
		}
		secret, err := s.identity.Bootstrap(ctx, j.Code, j.Bureau)
		if err != nil {
			return err
		}
		if secret != "" {
			s.FirstTokens[j.Code] = secret
		}
	}
	if err := s.openKeys(ctx); err != nil {
		return err
	}
	if err := s.register(seed); err != nil {
		return err
	}
	return s.openSearch(ctx)
}

// register builds the gate and registers every service with it, on gRPC and in process alike.
func (s *Server) register(seed []byte) error {
	pager, err := listing.NewPager(seed, s.db.Rand())
	if err != nil {
		return err
	}
	validator, err := protovalidate.New()
	if err != nil {
		return err
	}
	key, err := hkdf.Key(sha256.New, seed, nil, "jiebang requests 1", 32)
	if err != nil {
		return err
	}
	s.metrics = telemetry.New(s.db)
	s.gate = &rpc.Gate{Policies: rpc.Policies{}, Authenticate: s.identity.Authenticate, Log: s.config.Log, Rand: chance.System(),
		Validator: validator, Key: key, Limits: limit.New(s.config.Limits), Proxies: s.config.Proxies, Now: clock.System{}.Now, Clock: s.db.Clock().Now, Observe: s.metrics.Call}
	s.gate.Ask = s.identity.Ask
	s.inProcess = rpc.NewInProcess(s.gate)
	options, err := s.grpcOptions()
	if err != nil {
		return err
	}
	s.grpc = grpc.NewServer(options...)
	s.members = member.New(s.db, s.accounts)
	if s.logins, err = s.openLogins(seed); err != nil {
		return err
	}
	if s.files, err = s.config.Files.Open(context.Background(), s.config.DataDir, s.db, s.config.Log); err != nil {
		return err
	}
	s.bidding, s.posting, s.judging, s.objecting = bidding.New(s.db, s.keeping, s.ledger), posting.New(s.db, s.keeping.Fix), judging.New(s.db), objecting.New(s.db)
	s.bidding.Drain, s.opening = s.config.Drain, opening.New(s.db)
	if s.config.Cover > 0 {
		s.cover = s.ledger.NewCover(s.config.Cover)
	}
	if s.noticing, err = s.openNoticing(seed); err != nil {
		return err
	}
	asks, err := s.openAsking(seed)
	if err != nil {
		return err
	}
	s.index = index.New(s.db, s.config.Log, s.config.Search.remote())
	if s.matching, err = matching.New(s.db, s.index, s.config.Log); err != nil {
		return err
	}
	s.registering = registering.New(s.db)
	if s.monitoring, err = monitoring.Open(s.db, s.config.RedFlagsFile); err != nil {
		return err
	}
	s.watching = watching.New(s.db, s.matching, s.noticing, s.config.Log)
	for _, reg := range []grpc.ServiceRegistrar{registrar{s.grpc, s.gate.Policies, &err}, s.inProcess} {
		s.serve(reg, pager, asks)
	}
	return err
}

// serve registers the services of all areas, top first.
func (s *Server) serve(reg grpc.ServiceRegistrar, pager *listing.Pager, asks *asking.Asking) {
	reference.Serve(reg, pager)
	s.identity.Serve(reg, pager)
	s.accounts.Serve(reg)
	s.logins.Serve(reg)
	approving.New(s.db).Serve(reg, pager)
	s.members.Serve(reg, pager)
	s.ledger.Serve(reg, pager)
	s.keeping.Serve(reg, pager)
	s.files.Serve(reg, pager)
	s.posting.Serve(reg, s.bidding, revising.New(s.db, s.keeping.Fix), pager)
	vetting.New(s.db).Serve(reg)
	asks.Serve(reg, pager)
	offering.New(s.db).Serve(reg, pager)
	s.bidding.Serve(reg, pager)
	s.opening.Serve(reg, pager)
	disclosing.New(s.db).Serve(reg, pager)
	s.judging.Serve(reg)
	scoring.New(s.db).Serve(reg, pager)
	s.objecting.Serve(reg, pager)
	contracting.New(s.db, settling.Works(), amending.Works(), registering.Works()).Serve(reg, pager)
	settling.New(s.db).Serve(reg, pager)
	amending.New(s.db, registering.Amended).Serve(reg, pager)
	s.registering.Serve(reg, pager)
	figures := counting.New(s.db)
	figures.Serve(reg, pager)
	closing.New(s.db, figures).Serve(reg, pager)
	s.monitoring.Serve(reg, pager)
	s.noticing.Serve(reg, pager)
	s.matching.Serve(reg, pager)
	s.watching.Serve(reg, pager)
	s.reporting.Serve(reg)
	publishing.New(s.db).Serve(reg)
}

// openAsking opens the asking of questions, whose pseudonyms only a server with the seed can make.
func (s *Server) openAsking(seed []byte) (*asking.Asking, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "jiebang askers 1", 32)
	return asking.New(s.db, key), err
}

// registrar reads the policies of each service that is registered.
type registrar struct {
	grpc.ServiceRegistrar
	policies rpc.Policies
	err      *error
}

func (r registrar) RegisterService(desc *grpc.ServiceDesc, impl any) {
	*r.err = errors.Join(*r.err, r.policies.Add(desc))
	r.ServiceRegistrar.RegisterService(desc, impl)
}

// Conn is a connection to the services in this process.
func (s *Server) Conn() grpc.ClientConnInterface { return s.inProcess }

// Close closes the database. It does not stop a Serve that still runs.
func (s *Server) Close() error { return errors.Join(s.files.Store.Close(), s.db.Close()) }

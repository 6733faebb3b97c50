package services

import (
	"context"
	"io"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/proto"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/transfer"
	"github.com/jiebang/jiebang/services/internal/visitor"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// handler is the HTTP port: REST under /v1, the API's documents under /docs, and what an operator asks.
func (s *Server) handler() (http.Handler, error) {
	gateway, err := s.gateway()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	web := s.pages()
	web.Register(mux)
	mux.Handle("/v1/ledgers/{ledger}/exports/{file}", transfer.Exports(s.inProcess))
	transfer.New(s.inProcess).Register(mux, rpc.LimitBody(web.Bearer(gateway)))
	mux.Handle("/v1/", rpc.LimitBody(web.Bearer(gateway)))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Ready(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(proto.OpenAPI)
	})
	mux.Handle("GET /docs/", v5emb.NewHandlerWithConfig(swgui.Config{Title: "Jiebang 揭榜 API", SwaggerJSON: "/openapi.json", BasePath: "/docs/",
		SettingsUI: map[string]string{"validatorUrl": "null"}}))
	mux.Handle("GET /{$}", http.RedirectHandler("/docs/", http.StatusFound))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { rpc.NoRoute(w, r) })
	return secure(visitor.Behind(s.config.Proxies, http.NewCrossOriginProtection().Handler(mux))), nil
}

// secure sets the headers that every page and answer has.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// The viewer of the API's documents has a script and styles in its page.
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "+
			"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		if r.URL.Path != "/docs/" {
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
				"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		}
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (s *Server) gateway() (http.Handler, error) {
	mux := rpc.NewGateway()
	for _, register := range []func(context.Context, *runtime.ServeMux, grpc.ClientConnInterface) error{
		clientOf(pb.NewCodeServiceClient, pb.RegisterCodeServiceHandlerClient),
		clientOf(pb.NewOrganizationServiceClient, pb.RegisterOrganizationServiceHandlerClient),
		clientOf(pb.NewApprovalServiceClient, pb.RegisterApprovalServiceHandlerClient),
		clientOf(pb.NewMemberServiceClient, pb.RegisterMemberServiceHandlerClient),
		clientOf(pb.NewAccountServiceClient, pb.RegisterAccountServiceHandlerClient),
		clientOf(pb.NewLoginServiceClient, pb.RegisterLoginServiceHandlerClient),
		clientOf(pb.NewLedgerServiceClient, pb.RegisterLedgerServiceHandlerClient),
		clientOf(pb.NewFileServiceClient, pb.RegisterFileServiceHandlerClient),
		clientOf(pb.NewDemandServiceClient, pb.RegisterDemandServiceHandlerClient),
		clientOf(pb.NewAchievementServiceClient, pb.RegisterAchievementServiceHandlerClient),
		clientOf(pb.NewProfileServiceClient, pb.RegisterProfileServiceHandlerClient),
		clientOf(pb.NewVettingServiceClient, pb.RegisterVettingServiceHandlerClient),
		clientOf(pb.NewQuestionServiceClient, pb.RegisterQuestionServiceHandlerClient),
		clientOf(pb.NewDisclosureServiceClient, pb.RegisterDisclosureServiceHandlerClient),
		clientOf(pb.NewBidServiceClient, pb.RegisterBidServiceHandlerClient),
		clientOf(pb.NewCustodianServiceClient, pb.RegisterCustodianServiceHandlerClient),
		clientOf(pb.NewOpeningServiceClient, pb.RegisterOpeningServiceHandlerClient),
		clientOf(pb.NewEvaluationServiceClient, pb.RegisterEvaluationServiceHandlerClient),
		clientOf(pb.NewSheetServiceClient, pb.RegisterSheetServiceHandlerClient),
		clientOf(pb.NewObjectionServiceClient, pb.RegisterObjectionServiceHandlerClient),
		clientOf(pb.NewMonitoringServiceClient, pb.RegisterMonitoringServiceHandlerClient),
		clientOf(pb.NewContractServiceClient, pb.RegisterContractServiceHandlerClient),
		clientOf(pb.NewAmendmentServiceClient, pb.RegisterAmendmentServiceHandlerClient),
		clientOf(pb.NewRegistrationServiceClient, pb.RegisterRegistrationServiceHandlerClient),
		clientOf(pb.NewRegistryRecordServiceClient, pb.RegisterRegistryRecordServiceHandlerClient),
		clientOf(pb.NewBackfillServiceClient, pb.RegisterBackfillServiceHandlerClient),
		clientOf(pb.NewContractClassServiceClient, pb.RegisterContractClassServiceHandlerClient),
		clientOf(pb.NewMilestoneServiceClient, pb.RegisterMilestoneServiceHandlerClient),
		clientOf(pb.NewPaymentServiceClient, pb.RegisterPaymentServiceHandlerClient),
		clientOf(pb.NewFigureServiceClient, pb.RegisterFigureServiceHandlerClient),
		clientOf(pb.NewClosureServiceClient, pb.RegisterClosureServiceHandlerClient),
		clientOf(pb.NewSearchServiceClient, pb.RegisterSearchServiceHandlerClient),
		clientOf(pb.NewMatchServiceClient, pb.RegisterMatchServiceHandlerClient),
		clientOf(pb.NewNoticeServiceClient, pb.RegisterNoticeServiceHandlerClient),
		clientOf(pb.NewWebhookServiceClient, pb.RegisterWebhookServiceHandlerClient),
		clientOf(pb.NewWatchServiceClient, pb.RegisterWatchServiceHandlerClient),
		clientOf(pb.NewAuditServiceClient, pb.RegisterAuditServiceHandlerClient),
		clientOf(pb.NewPublishingServiceClient, pb.RegisterPublishingServiceHandlerClient),
	} {
		if err := register(context.Background(), mux, s.inProcess); err != nil {
			return nil, err
		}
	}
	return mux, nil
}

// clientOf registers a service's REST handlers as a client of the in-process connection.
func clientOf[C any](client func(grpc.ClientConnInterface) C, register func(context.Context, *runtime.ServeMux, C) error) func(context.Context, *runtime.ServeMux, grpc.ClientConnInterface) error {
	return func(ctx context.Context, mux *runtime.ServeMux, conn grpc.ClientConnInterface) error {
		return register(ctx, mux, client(conn))
	}
}

// Package pages are the few pages on which a person logs in with a browser, links an account outside, and says yes to a device; and the two addresses at
// which a device asks as RFC 8628 says. They have no script and are clients of the API like any other: what they may do, their visitor may do.
package pages

import (
	"context"
	"embed"
	"html/template"
	"io"
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/rpc"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

//go:embed *.html *.css
var files embed.FS

var templates = template.Must(template.ParseFS(files, "*.html"))

// policy is what a page may load and where its forms go: its own style, to itself.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Pages are the pages.
type Pages struct {
	accounts pb.AccountServiceClient
	logins   pb.LoginServiceClient
	secure   bool // browsers reach us by TLS
	rand     chance.Source
}

// New returns the pages of the services behind a connection. secure says that browsers reach them by TLS, so that cookies are for nothing else.
func New(conn grpc.ClientConnInterface, secure bool, rand chance.Source) *Pages {
	return &Pages{pb.NewAccountServiceClient(conn), pb.NewLoginServiceClient(conn), secure, rand}
}

// Register puts the pages where they belong.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /login/style.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "style.css") })
	mux.HandleFunc("GET /login", p.showLogin)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	mux.HandleFunc("GET /login/{provider}", p.begin)
	mux.HandleFunc("GET /login/{provider}/callback", p.finish)
	mux.HandleFunc("GET /login/link", p.showLink)
	mux.HandleFunc("POST /login/link", p.link)
	mux.HandleFunc("GET /device", p.showDevice)
	mux.HandleFunc("POST /device", p.answerDevice)
	mux.HandleFunc("POST /oauth/device_authorization", p.authorizeDevice)
	mux.HandleFunc("POST /oauth/token", p.token)
}

// view is what a page shows.
type view struct {
	Title     string
	Problem   string // what went wrong
	Code      bool   // a second factor is asked for
	Login     string // as it was typed
	UserCode  string // of the device that the visitor has come for
	Providers []*pb.SignOnProvider
	Account   *pb.Account
	Device    *pb.DeviceLogin
	Done      string // what has been done
}

// show shows a page.
func (p *Pages) show(w http.ResponseWriter, code int, page string, v view) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "same-origin") // without it browsers would not say that a form comes from here
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, page, v); err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(code)
	_, _ = io.WriteString(w, b.String())
}

// mostForm is how large a form may be.
const mostForm = 64 << 10

// form reads the form of a request; false if it cannot be read, which has been said then.
func form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return false
	}
	return true
}

// as is a context that calls for a visitor, with a secret if there is one.
func as(r *http.Request, secret string) context.Context {
	ctx := rpc.FromVisitor(r)
	if secret == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
}

// agent is the visitor's program, as far as it is kept.
func agent(r *http.Request) string { return short(r.UserAgent()) }

func short(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
	if signs := []rune(text); len(signs) > 60 {
		return string(signs[:60])
	}
	return text
}

// problem is what a person reads of an error, and the code of the page that says it.
func problem(w http.ResponseWriter, err error) (text string, code int) {
	st := status.Convert(err)
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.LocalizedMessage:
			text = d.GetMessage()
		case *errdetails.RetryInfo:
			w.Header().Set("Retry-After", rpc.Seconds(d))
		}
	}
	switch st.Code() {
	case codes.Unauthenticated, codes.PermissionDenied:
		return text, http.StatusForbidden
	case codes.NotFound:
		return text, http.StatusNotFound
	case codes.ResourceExhausted:
		return text, http.StatusTooManyRequests
	case codes.Unavailable, codes.Internal:
		return text, http.StatusServiceUnavailable
	}
	return text, http.StatusBadRequest
}

package ssotest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// CAS is a server of CAS 3.0. Whoever comes is let in at once, as User.
type CAS struct {
	Prefix string
	User   string
	Answer string // what serviceValidate says of a good ticket; that of CAS unless it is set

	server  *httptest.Server
	mu      sync.Mutex
	tickets map[string]string // the service of each
}

// StartCAS starts a server. Close ends it.
func StartCAS() *CAS {
	c := &CAS{User: "20210042", tickets: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cas/login", c.login)
	mux.HandleFunc("GET /cas/p3/serviceValidate", c.validate)
	c.server = httptest.NewServer(mux)
	c.Prefix = c.server.URL + "/cas"
	return c
}

// Close stops the server.
func (c *CAS) Close() { c.server.Close() }

func (c *CAS) login(w http.ResponseWriter, r *http.Request) {
	service, err := url.Parse(r.URL.Query().Get("service"))
	if err != nil || service.Host == "" {
		http.Error(w, "no service", http.StatusBadRequest)
		return
	}
	q := service.Query()
	q.Set("ticket", c.Ticket("ST-", service.String()))
	service.RawQuery = q.Encode()
	http.Redirect(w, r, service.String(), http.StatusFound)
}

// Ticket makes a ticket for a service. Those that begin with PT- are for proxies; this server is one that tells them apart as little as it must.
func (c *CAS) Ticket(kind, service string) string {
	ticket := kind + chance.UUID(chance.System())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tickets[ticket] = service
	return ticket
}

// Success is the answer of CAS for a user.
const Success = `<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>
  <cas:authenticationSuccess>
    <cas:user>%s</cas:user>
    <cas:attributes><cas:authenticationDate>2026-03-02T04:00:00Z</cas:authenticationDate><cas:cn>张三</cas:cn></cas:attributes>
  </cas:authenticationSuccess>
</cas:serviceResponse>
`

func (c *CAS) validate(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	c.mu.Lock()
	service, ok := c.tickets[ticket]
	delete(c.tickets, ticket)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	switch {
	case !ok || service != r.URL.Query().Get("service"):
		code := map[bool]string{true: "INVALID_SERVICE", false: "INVALID_TICKET"}[ok]
		_, _ = fmt.Fprintf(w, "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationFailure code='%s'>no</cas:authenticationFailure></cas:serviceResponse>", code)
	case c.Answer != "":
		_, _ = w.Write([]byte(c.Answer))
	default:
		_, _ = w.Write([]byte(strings.Replace(Success, "%s", c.User, 1)))
	}
}

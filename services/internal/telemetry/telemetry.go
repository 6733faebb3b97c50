// Package telemetry measures calls and ledgers for Prometheus, and sends traces.
package telemetry

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Metrics are what Prometheus asks for. No label names a demand, a bid or an organization: how often something is bid for is a secret.
type Metrics struct {
	Registry *prometheus.Registry
	calls    *prometheus.HistogramVec
	held     *prometheus.HistogramVec
}

// New measures a database and what is asked of it.
func New(db *storage.DB) *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "jiebang_call_seconds", Help: "Calls by method and code.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"method", "code"}),
		held: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "jiebang_ledger_head_held_seconds", Help: "How long transactions hold the ledger head.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1}}, []string{"method"}),
	}
	m.Registry.MustRegister(m.calls, m.held, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), ledgerSize{db})
	db.Observe(func(o storage.Observation) { m.held.WithLabelValues(publicMethod(o.Method)).Observe(o.Held.Seconds()) })
	return m
}

// Call counts a call.
func (m *Metrics) Call(method, code string, took time.Duration) {
	name := publicMethod(method)
	if name == ofDemands && !ours(code) {
		code = "*"
	}
	m.calls.WithLabelValues(name, code).Observe(took.Seconds())
}

// ours reports whether a code says that the server failed. Why a call about a demand or a bid is refused tells whether somebody has bid.
func ours(code string) bool {
	return slices.Contains([]string{codes.Internal.String(), codes.Unavailable.String(), codes.Unknown.String(), codes.DataLoss.String(), codes.DeadlineExceeded.String()}, code)
}

// ofDemands is the name under which all is counted that is done with demands and bids.
var ofDemands = "/" + pb.DemandService_ServiceDesc.ServiceName + "/*"

// publicMethod is the name that a method is counted under. How often something is bid for is a secret until the opening, so what is done with bids is
// counted together with what is done with demands, reads with changes; and so are the entries that cover for bids, which would otherwise be subtracted
// from the growth of a ledger.
func publicMethod(method string) string {
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	switch service {
	case pb.BidService_ServiceDesc.ServiceName, pb.DemandService_ServiceDesc.ServiceName, "bid.refuse", "ledger.cover":
		return ofDemands
	}
	return method
}

// ledgerSize reads the sizes of the ledgers when it is asked.
type ledgerSize struct{ db *storage.DB }

var ledgerSizeDesc = prometheus.NewDesc("jiebang_ledger_entries", "Entries by jurisdiction.", []string{"jurisdiction"}, nil)

// Describe implements prometheus.Collector.
func (ledgerSize) Describe(c chan<- *prometheus.Desc) { c <- ledgerSizeDesc }

// Collect implements prometheus.Collector.
func (l ledgerSize) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	heads, err := ledger.Heads(ctx, l.db.Read)
	if err != nil {
		c <- prometheus.NewInvalidMetric(ledgerSizeDesc, err)
		return
	}
	for _, h := range heads {
		c <- prometheus.MustNewConstMetric(ledgerSizeDesc, prometheus.GaugeValue, float64(h.Size), h.ID)
	}
}

// Command backfilling measures how long 10,000 contracts take from a workbook into the ledger: import_10k_s, from the call that hands the workbook in, by way of the
// second officer, to the last row recorded, on SQLite and, where it is there, on PostgreSQL (import_10k_pg_s). The server works as it does for anyone: its job takes the rows.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/xuri/excelize/v2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/demo/rehearsal"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/bench/pgbench"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	jurisdiction = "330182"
	rows         = 10_000
	firms        = 200
	universities = 40
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	if err := measure(ctx, "import_10k_s", ""); err != nil {
		return err
	}
	c, err := pgbench.Open()
	if errors.Is(err, pgbench.ErrNone) {
		log.Printf("import_10k_pg_s is left out: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer c.Close()
	name, url, err := c.Schema(ctx)
	if err != nil {
		return err
	}
	return errors.Join(measure(ctx, "import_10k_pg_s", url), c.Drop(name))
}

func id() string { return chance.UUID(chance.System()) }

func as(ctx context.Context, secret string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
}

func measure(ctx context.Context, name, url string) (err error) {
	dir, err := os.MkdirTemp("", "jiebang-backfilling-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := services.Open(ctx, services.Config{DataDir: dir, Database: url, Limits: services.Unlimited})
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	worked := make(chan struct{})
	go func() { s.Work(working); close(worked) }()
	defer func() { stop(); <-worked; err = errors.Join(err, s.Close()) }()
	book, err := workbook(ctx, s)
	if err != nil {
		return err
	}
	var officers [2]rehearsal.Actor
	for i, role := range []party.Role{party.Operator, party.Approver} {
		if officers[i], err = s.Stage().Act(ctx, rehearsal.Part{Login: fmt.Sprint("officer", i), Name: "经办人", Jurisdiction: jurisdiction, Role: role}); err != nil {
			return err
		}
	}
	began := clock.System{}.Now()
	if err := record(ctx, s, book, as(ctx, officers[0].Session), as(ctx, officers[1].Session)); err != nil {
		return err
	}
	took := clock.System{}.Now().Sub(began)
	fmt.Printf("%s %.2f s\n", name, took.Seconds())
	report, err := s.Verify(ctx, jurisdiction)
	if err == nil && (len(report.Problems) > 0 || report.ContractsSigned != rows) {
		err = fmt.Errorf("%d contracts, %v", report.ContractsSigned, report.Problems)
	}
	return err
}

// record hands the workbook in, lets the second officer approve it, and waits until it is recorded.
func record(ctx context.Context, s *services.Server, book []byte, first, second context.Context) error {
	backfills, approvals := pb.NewBackfillServiceClient(s.Conn()), pb.NewApprovalServiceClient(s.Conn())
	resp, err := backfills.ImportBackfill(first, &pb.ImportBackfillRequest{RequestId: id(), Source: "台账", Format: pb.ImportFormat_XLSX, Content: book})
	if err != nil {
		return err
	}
	b := resp.GetBackfill()
	if b.GetRowCount() != rows {
		return fmt.Errorf("%d of %d rows are kept: %v", b.GetRowCount(), rows, resp.GetRows()[0])
	}
	log.Printf("  %d kB handed in and checked", len(book)>>10)
	req := &pb.RecordBackfillRequest{RequestId: id(), Name: b.GetName(), Etag: b.GetEtag(), Digest: b.GetDigest()}
	_, err = backfills.RecordBackfill(first, req)
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetReason() == "APPROVAL_REQUIRED" {
			a, err := approvals.GetApproval(second, &pb.GetApprovalRequest{Name: info.GetMetadata()["approval"]})
			if err != nil {
				return err
			}
			if _, err := approvals.ApproveRequest(second, &pb.ApproveRequestRequest{RequestId: id(), Name: a.GetName(), Etag: a.GetEtag(), Digest: a.GetDigest()}); err != nil {
				return err
			}
		}
	}
	if _, err := backfills.RecordBackfill(first, req); err != nil {
		return err
	}
	for {
		switch b, err = backfills.GetBackfill(first, &pb.GetBackfillRequest{Name: b.GetName()}); {
		case err != nil:
			return err
		case b.GetState() == pb.Backfill_COMPLETED:
			return nil
		case b.GetState() != pb.Backfill_RECORDING:
			return fmt.Errorf("%v: %s", b.GetState(), b.GetReason())
		}
		(clock.System{}).Wait(ctx, clock.System{}.Now().Add(50*time.Millisecond))
	}
}

// workbook registers who takes part, and writes a list of their contracts.
func workbook(ctx context.Context, s *services.Server) ([]byte, error) {
	bureau, organizations := as(ctx, s.FirstTokens[jurisdiction]), pb.NewOrganizationServiceClient(s.Conn())
	codes := make([]string, firms+universities)
	for i := range codes {
		kind := pb.Organization_ENTERPRISE
		if i >= firms {
			kind = pb.Organization_UNIVERSITY
		}
		codes[i] = party.Complete(fmt.Sprintf("91330182MA2T%05d", i))
		if _, err := organizations.CreateOrganization(bureau, &pb.CreateOrganizationRequest{RequestId: id(), Organization: &pb.Organization{
			DisplayName: fmt.Sprintf("单位%d", i), Kind: kind, Uscc: codes[i]}}); err != nil {
			return nil, err
		}
	}
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	if err := w.SetRow("A1", []any{"编号", "合同名称", "买方代码", "卖方代码", "技术领域", "签订日期", "合同金额(万元)", "渠道", "合同类别", "扫描件", "合同登记编号"}); err != nil {
		return nil, err
	}
	for i := range rows {
		if err := w.SetRow(fmt.Sprint("A", i+2), []any{fmt.Sprint("HT", i), fmt.Sprint("超细碳酸钙表面改性技术开发合同", i), codes[i%firms], codes[firms+i%universities], "新材料及其应用",
			fmt.Sprintf("20%02d-%02d-%02d", 10+i%15, 1+i%12, 1+i%28), fmt.Sprintf("%d.%02d", 1+i%500, i%100), "揭榜", "技术开发", fmt.Sprintf("%064x", i+1), fmt.Sprintf("20243301%08d", i)}); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

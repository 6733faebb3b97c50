package publishing

import (
	"context"
	"io"
	"time"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	entdemand "github.com/jiebang/jiebang/ent/gen/ent/demand"
	entorganization "github.com/jiebang/jiebang/ent/gen/ent/organization"
	enttotal "github.com/jiebang/jiebang/ent/gen/ent/total"
	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/publishing/mask"
	"github.com/jiebang/jiebang/services/publishing/table"
	"github.com/jiebang/jiebang/services/reporting"
	"github.com/jiebang/jiebang/services/reporting/metric"
)

// column is a column of a list: the field of the API that it shows, which decides who sees it, and its cell.
type column[T any] struct {
	table.Column
	field string
	cell  func(row T, organizations map[string]string) table.Cell
}

// shown are the columns that an audience sees.
func shown[T any](a mask.Audience, all []column[T]) (columns []column[T]) {
	for _, c := range all {
		if a.Shows(mask.Of(c.field)) {
			columns = append(columns, c)
		}
	}
	return columns
}

// writer writes a list row by row.
type writer[T any] struct {
	table.Writer
	x       *export
	columns []column[T]
}

func newWriter[T any](x *export, w io.Writer, all []column[T]) (*writer[T], error) {
	columns := shown(x.audience, all)
	heads := make([]table.Column, len(columns))
	for i, c := range columns {
		heads[i] = c.Column
	}
	t, err := table.New(w, x.Format, x.about(), heads)
	return &writer[T]{t, x, columns}, err
}

func (w *writer[T]) row(row T, organizations map[string]string) error {
	cells := make([]table.Cell, len(w.columns))
	for i, c := range w.columns {
		cells[i] = c.cell(row, organizations)
	}
	w.x.Rows++
	return w.Row(cells)
}

func text[T any](of func(T) string) func(T, map[string]string) table.Cell {
	return func(row T, _ map[string]string) table.Cell { return table.String(of(row)) }
}

func cell[T any](of func(T) table.Cell) func(T, map[string]string) table.Cell {
	return func(row T, _ map[string]string) table.Cell { return of(row) }
}

var demandColumns = []column[*ent.Demand]{
	{table.Column{Header: "需求编号", Key: "number"}, "Demand.number", cell(func(d *ent.Demand) table.Cell { return table.Optional(d.Number, table.String) })},
	{table.Column{Header: "需求名称", Key: "title", Broad: true}, "Demand.title", text(func(d *ent.Demand) string { return d.Title })},
	{table.Column{Header: "发榜单位", Key: "organization_name", Broad: true}, "Demand.organization", func(d *ent.Demand, names map[string]string) table.Cell {
		return table.String(names[d.OrganizationID])
	}},
	{table.Column{Header: "技术领域", Key: "field"}, "Demand.field", text(func(d *ent.Demand) string { return metric.Name(string(d.Field)) })},
	{table.Column{Header: "榜额", Key: "budget", Kind: table.Amount, Total: true}, "Demand.budget", cell(func(d *ent.Demand) table.Cell { return table.Optional(d.BudgetFen, table.Fen) })},
	{table.Column{Header: "状态", Key: "state"}, "Demand.state", text(func(d *ent.Demand) string { return stateName(string(d.State)) })},
	{table.Column{Header: "发布时间", Key: "publish_time", Kind: table.Instant}, "Demand.publish_time", cell(func(d *ent.Demand) table.Cell { return table.Optional(d.PublishedAt, table.At) })},
	{table.Column{Header: "截止时间", Key: "deadline", Kind: table.Instant}, "Demand.deadline", cell(func(d *ent.Demand) table.Cell { return table.Optional(d.Deadline, table.At) })},
	{table.Column{Header: "资源名", Key: "name", Broad: true}, "Demand.name", text(func(d *ent.Demand) string { return id.DemandName(d.ID) })},
	{table.Column{Header: "账目序号", Key: "sequence", Kind: table.Number}, "Demand.receipt", cell(func(d *ent.Demand) table.Cell { return table.Int(d.EntrySeq) })},
}

// demands are in the order of their numbers, which they have from their publication on.
func (x *export) demands(ctx context.Context, w io.Writer) error {
	out, err := newWriter(x, w, demandColumns)
	if err != nil {
		return err
	}
	for after := ""; ; {
		rows, err := x.read.Demand.Query().Where(entdemand.Jurisdiction(x.Jurisdiction), entdemand.NumberNotNil(), entdemand.NumberGT(after)).
			Order(entdemand.ByNumber()).Limit(batch).All(ctx)
		if err != nil {
			return err
		}
		var ids []string
		for _, d := range rows {
			ids = append(ids, d.OrganizationID)
		}
		named, err := x.organizations(ctx, ids)
		if err != nil {
			return err
		}
		for _, d := range rows {
			if identity.Sees(x.caller, "demand.read", identity.Owned(d.OrganizationID, d.Jurisdiction, d.State.Public()), demand.ErrNotFound) != nil {
				continue
			}
			if err := out.row(d, named); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return out.Close()
		}
		after = *rows[len(rows)-1].Number
	}
}

// organizations are the names of organizations, by their ids.
func (x *export) organizations(ctx context.Context, ids []string) (map[string]string, error) {
	rows, err := x.read.Organization.Query().Where(entorganization.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	named := make(map[string]string, len(rows))
	for _, o := range rows {
		named[o.ID] = o.DisplayName
	}
	return named, nil
}

var contractColumns = []column[*ent.Contract]{
	{table.Column{Header: "合同编号", Key: "number"}, "Contract.number", cell(func(k *ent.Contract) table.Cell { return table.Optional(k.Number, table.String) })},
	{table.Column{Header: "合同名称", Key: "title", Broad: true}, "Contract.title", text(func(k *ent.Contract) string { return k.Title })},
	{table.Column{Header: "买方", Key: "buyer_name", Broad: true}, "Contract.buyer", func(k *ent.Contract, names map[string]string) table.Cell { return table.String(names[k.BuyerID]) }},
	{table.Column{Header: "卖方", Key: "seller_name", Broad: true}, "Contract.seller", func(k *ent.Contract, names map[string]string) table.Cell { return table.String(names[k.SellerID]) }},
	{table.Column{Header: "渠道", Key: "channel"}, "Contract.channel", text(func(k *ent.Contract) string { return metric.Name(string(k.Channel)) })},
	{table.Column{Header: "合同类别", Key: "class"}, "Contract.class", text(func(k *ent.Contract) string { return className(k.Class) })},
	{table.Column{Header: "技术领域", Key: "field"}, "Contract.field", text(func(k *ent.Contract) string { return metric.Name(string(k.Field)) })},
	{table.Column{Header: "合同成交额", Key: "total", Kind: table.Amount, Total: true}, "Contract.total", cell(func(k *ent.Contract) table.Cell { return table.Fen(k.TotalFen) })},
	{table.Column{Header: "签订日期", Key: "sign_date", Kind: table.Date}, "Contract.sign_date", cell(func(k *ent.Contract) table.Cell { return dateCell(k.SignDate) })},
	{table.Column{Header: "状态", Key: "state"}, "Contract.state", text(func(k *ent.Contract) string { return stateName("contract." + string(k.State)) })},
	{table.Column{Header: "资源名", Key: "name", Broad: true}, "Contract.name", text(func(k *ent.Contract) string { return id.ContractName(k.ID) })},
	{table.Column{Header: "账目序号", Key: "sequence", Kind: table.Number}, "Contract.receipt", cell(func(k *ent.Contract) table.Cell { return table.Int(k.EntrySeq) })},
}

// dateCell is a date as it is stored.
func dateCell(date *string) table.Cell {
	if date == nil {
		return table.Cell{}
	}
	t, err := time.Parse(contract.DateLayout, *date)
	if err != nil {
		return table.Cell{}
	}
	return table.At(t)
}

// readable decides whether whoever exports may read a contract.
func (x *export) readable(k *ent.Contract) bool {
	members := consortium.Beside(consortium.Read(k.Consortium), k.SellerID)
	o := policy.Object{Parties: append(members, k.BuyerID, k.SellerID), Jurisdiction: k.Jurisdiction, Openness: policy.Shared}
	if k.BrokerID != nil {
		o.Parties = append(o.Parties, *k.BrokerID)
	}
	return identity.Sees(x.caller, "contract.read", o, contract.ErrNotFound) == nil
}

// contracts are in the order of their numbers, which they have from their coming into force on.
func (x *export) contracts(ctx context.Context, w io.Writer) error {
	out, err := newWriter(x, w, contractColumns)
	if err != nil {
		return err
	}
	for after := ""; ; {
		rows, err := x.read.Contract.Query().Where(entcontract.Jurisdiction(x.Jurisdiction), entcontract.NumberNotNil(), entcontract.NumberGT(after)).
			Order(entcontract.ByNumber()).Limit(batch).All(ctx)
		if err != nil {
			return err
		}
		var ids []string
		for _, k := range rows {
			ids = append(ids, k.BuyerID, k.SellerID)
		}
		named, err := x.organizations(ctx, ids)
		if err != nil {
			return err
		}
		for _, k := range rows {
			if !x.readable(k) {
				continue
			}
			if err := out.row(k, named); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return out.Close()
		}
		after = *rows[len(rows)-1].Number
	}
}

var totalColumns = []column[*ent.Total]{
	{table.Column{Header: "月份", Key: "month"}, "Total.groups", text(func(t *ent.Total) string { return t.Month })},
	{table.Column{Header: "渠道", Key: "channel"}, "Total.groups", text(func(t *ent.Total) string { return metric.Name(t.Channel) })},
	{table.Column{Header: "技术领域", Key: "field", Broad: true}, "Total.groups", text(func(t *ent.Total) string { return metric.Name(t.Field) })},
	{table.Column{Header: "发布需求(项)", Key: "demands_published", Kind: table.Number, Total: true}, "Total.demands_published", cell(func(t *ent.Total) table.Cell {
		if metric.Metric(t.Metric) != metric.DemandsPublished {
			return table.Cell{}
		}
		return table.Int(t.Count)
	})},
	{table.Column{Header: "签约(项)", Key: "contracts_signed", Kind: table.Number, Total: true}, "Total.contracts_signed", cell(func(t *ent.Total) table.Cell {
		if metric.Metric(t.Metric) != metric.ContractsSigned {
			return table.Cell{}
		}
		return table.Int(t.Count)
	})},
	{table.Column{Header: "合作总金额", Key: "amount", Kind: table.Amount, Total: true}, "Total.amount", cell(func(t *ent.Total) table.Cell {
		if metric.Metric(t.Metric) != metric.ContractsSigned {
			return table.Cell{}
		}
		return table.Fen(money.Fen(t.AmountFen))
	})},
}

// totals are the cells of the totals, which stand at the entry that they have been counted up to.
func (x *export) totals(ctx context.Context, w io.Writer) (err error) {
	if x.AsOf, err = ledger.PositionIn(ctx, x.read, reporting.Counter, x.Jurisdiction); err != nil {
		return err
	}
	out, err := newWriter(x, w, totalColumns)
	if err != nil {
		return err
	}
	rows, err := x.read.Total.Query().Where(enttotal.Jurisdiction(x.Jurisdiction), enttotal.MetricIn(string(metric.DemandsPublished), string(metric.ContractsSigned))).
		Order(enttotal.ByMonth(), enttotal.ByMetric(), enttotal.ByChannel(), enttotal.ByField()).All(ctx)
	if err != nil {
		return err
	}
	for _, t := range rows {
		if err := out.row(t, nil); err != nil {
			return err
		}
	}
	return out.Close()
}

// states are the names of the states, as people read them; those of contracts behind contract.
var states = map[string]string{
	"published": "已发布", "stale": "待确认", "evaluating": "评榜中", "announced": "公示中", "awarded": "已定榜", "contracted": "已签约", "fulfilled": "已完成",
	"withdrawn": "已撤回", "cancelled": "已取消", "failed": "未成功",
	"contract.active": "履行中", "contract.completed": "已完成", "contract.terminated": "已终止", "contract.cancelled": "已取消",
}

func stateName(state string) string {
	if n, ok := states[state]; ok {
		return n
	}
	return state
}

// className is the Chinese name of a class of contracts.
func className(c contract.Class) string {
	switch c {
	case contract.Development:
		return "技术开发"
	case contract.Transfer:
		return "技术转让"
	case contract.License:
		return "技术许可"
	case contract.Consulting:
		return "技术咨询"
	case contract.Service:
		return "技术服务"
	}
	return string(c)
}

// changes are the public changes, as the feed gives them.
func (x *export) changes(ctx context.Context, w io.Writer) error {
	out, err := newWriter(x, w, changeColumns)
	if err != nil {
		return err
	}
	for next := int64(0); next < x.AsOf; {
		page, err := look(ctx, x.read, x.Jurisdiction, next, batch)
		if err != nil {
			return err
		}
		for _, c := range page.Changes {
			if err := out.row(c, nil); err != nil {
				return err
			}
		}
		if page.Next == next {
			return ledger.ErrEntryNotFound.With("sequence", next)
		}
		next = page.Next
	}
	return out.Close()
}

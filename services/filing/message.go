package filing

import (
	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Message writes a file.
func (f *Filing) Message(row *ent.File) *pb.File {
	m := &pb.File{
		Name: id.FileName(row.ID), DisplayName: row.DisplayName, Purpose: rpc.Enum[pb.File_Purpose](pb.File_Purpose_value, row.Purpose), Size: row.Size, Sha256: row.Sha256,
		State: rpc.Enum[pb.File_State](pb.File_State_value, row.State), Scan: rpc.Enum[pb.File_Scan](pb.File_Scan_value, row.Scan), Downloadable: f.Servable(row) == nil,
		Organization: id.OrganizationName(row.OrganizationID), Jurisdiction: row.Jurisdiction, AttachmentCount: int32(len(row.Attachments)),
		ExpireTime: rpc.OptionalStamp(row.NextEventAt), Etag: rpc.Etag(row.Version), CreateTime: rpc.Stamp(row.CreatedAt), UpdateTime: rpc.Stamp(row.UpdatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: row.Jurisdiction, Sequence: row.EntrySeq, Hash: row.EntryHash}),
	}
	if row.MediaType != nil {
		m.MediaType = *row.MediaType
	}
	return m
}

// details reads what an organization declares.
func details(m *pb.File) Details {
	return Details{Purpose: rpc.Stored[file.Purpose](m.GetPurpose()), DisplayName: m.GetDisplayName(), Size: m.GetSize(), SHA256: m.GetSha256()}
}

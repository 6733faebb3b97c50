package mask_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/publishing/mask"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// resources are the messages of the API that are resources, and what is published besides.
func resources(t *testing.T) (all []protoreflect.MessageDescriptor) {
	t.Helper()
	all = append(all, (&pb.Export{}).ProtoReflect().Descriptor())
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			if r, _ := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor); r.GetType() != "" {
				all = append(all, m)
			}
		}
		return true
	})
	return all
}

// TestComplete wants a class for every field of every resource: a new field is published by writing its class down, or said to be never.
func TestComplete(t *testing.T) {
	fields := 0
	for _, m := range resources(t) {
		for i := range m.Fields().Len() {
			fields++
			if name := string(m.Name()) + "." + string(m.Fields().Get(i).Name()); !mask.Listed(name) {
				t.Errorf("%s has no class; say who may see it", name)
			}
		}
	}
	if fields < 150 {
		t.Errorf("looked at %d fields", fields)
	}
}

// TestNever pins what is in no export, whatever becomes of the table.
func TestNever(t *testing.T) {
	for _, field := range []string{
		"Bid.proposal", "Bid.content_digest", "Entry.body", "Entry.salt", "Token.secret", "Account.phone", "Account.email", "Account.display_name", "Member.display_name",
		"Profile.display_name", "Profile.introduction", "Contract.text_digest", "Approval.request", "Demand.nothing", "Nothing.title", "",
	} {
		if c := mask.Of(field); c != mask.Never || mask.Anyone.Shows(c) || mask.Parties.Shows(c) {
			t.Errorf("%s: class %d", field, c)
		}
	}
	for _, field := range []string{"Bid.amount", "Bid.organization", "Contract.total", "Contract.buyer", "Contract.number"} {
		if c := mask.Of(field); mask.Anyone.Shows(c) || !mask.Parties.Shows(c) {
			t.Errorf("%s: class %d", field, c)
		}
	}
	for _, field := range []string{"Demand.title", "Demand.budget", "Organization.display_name"} {
		if !mask.Anyone.Shows(mask.Of(field)) {
			t.Errorf("%s is not public", field)
		}
	}
	for _, kind := range []string{"bid.submitted", "bid.opened", "contract.activated", "demand.drafted", "member.invited", "export.made", "nothing.happened", ""} {
		if mask.Kind(kind) {
			t.Errorf("%s is in the feed", kind)
		}
	}
}

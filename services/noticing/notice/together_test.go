package notice

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestTogether names everything that two persons do.
func TestTogether(t *testing.T) {
	t.Parallel()
	count := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				p, _ := proto.GetExtension(methods.Get(j).Options(), pb.E_Policy).(*pb.Policy)
				if !p.GetTwoPersons() {
					continue
				}
				if count++; together[p.GetAction()] == "" {
					t.Errorf("%s has no name", p.GetAction())
				}
			}
		}
		return true
	})
	if count != len(together) {
		t.Errorf("%d methods need two persons, and %d have names", count, len(together))
	}
}

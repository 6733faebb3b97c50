package rpc

import (
	"errors"
	"slices"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrMask says that an update_mask names what cannot be changed.
var ErrMask = fault.New(fault.Invalid, "UPDATE_MASK_INVALID", "update_mask names a field that cannot be changed")

// Update reads what an update changes: the fields in the mask, or all that can be changed if there is no mask. It returns the message with
// nothing but those, whose shapes are checked as they are at creation. The name and the etag say what is updated; they may stand in the
// mask, as the REST gateway puts there whatever is in the body.
func Update[M proto.Message](m M, prefix string, mask *fieldmaskpb.FieldMask, changeable []string) (M, []string, error) {
	paths := slices.DeleteFunc(slices.Clone(mask.GetPaths()), func(p string) bool { return p == "etag" || p == "name" })
	if mask == nil {
		paths = changeable
	}
	for _, p := range paths {
		if !slices.Contains(changeable, p) {
			return m, nil, ErrMask.With("path", p).At("update_mask")
		}
	}
	kept := proto.CloneOf(m)
	kept.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if !slices.Contains(paths, string(f.Name())) {
			kept.ProtoReflect().Clear(f)
		}
		return true
	})
	err := protovalidate.Validate(kept, protovalidate.WithFilter(protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
		field, ok := d.(protoreflect.FieldDescriptor)
		return !ok || field.Parent() != kept.ProtoReflect().Descriptor() || slices.Contains(paths, string(field.Name()))
	})))
	var v *protovalidate.ValidationError
	if errors.As(err, &v) {
		f := violation(v)
		return m, nil, f.At(prefix+"."+f.Field).With("field", prefix+"."+f.Field)
	}
	return kept, paths, err
}

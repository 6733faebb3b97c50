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
	wrong, err := Shapes(kept, paths)
	if len(wrong) > 0 {
		f := wrong[0].At(prefix + "." + wrong[0].Field)
		return m, nil, f.With("field", f.Field)
	}
	return kept, paths, err
}

// Shapes returns all that is wrong with the shapes of fields of a message that came by another way than as a request.
func Shapes(m proto.Message, fields []string) (wrong []*fault.Fault, err error) {
	if f := fault.As(checkTexts(m.ProtoReflect(), "")); f != nil {
		return []*fault.Fault{f}, nil
	}
	err = protovalidate.Validate(m, protovalidate.WithFilter(protovalidate.FilterFunc(func(_ protoreflect.Message, d protoreflect.Descriptor) bool {
		field, ok := d.(protoreflect.FieldDescriptor)
		return !ok || field.Parent() != m.ProtoReflect().Descriptor() || slices.Contains(fields, string(field.Name()))
	})))
	var v *protovalidate.ValidationError
	if errors.As(err, &v) {
		for _, each := range v.Violations {
			wrong = append(wrong, violation(each))
		}
		return wrong, nil
	}
	return nil, err
}

package rpc

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// checkTexts refuses texts that the databases would not keep alike: not UTF-8 (a REST path or query can be anything), or with a NUL, which
// PostgreSQL does not keep.
func checkTexts(m protoreflect.Message, prefix string) (err error) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		path := prefix + string(f.Name())
		switch {
		case f.Kind() == protoreflect.StringKind && f.IsList():
			for i := range v.List().Len() {
				if err == nil {
					err = checkText(path, v.List().Get(i).String())
				}
			}
		case f.Kind() == protoreflect.StringKind && !f.IsMap():
			err = checkText(path, v.String())
		case f.Kind() == protoreflect.MessageKind && f.IsList():
			for i := range v.List().Len() {
				if err == nil {
					err = checkTexts(v.List().Get(i).Message(), fmt.Sprintf("%s[%d].", path, i))
				}
			}
		case f.Kind() == protoreflect.MessageKind && !f.IsMap():
			err = checkTexts(v.Message(), path+".")
		}
		return err == nil
	})
	return err
}

func checkText(path, text string) error {
	rule := ""
	switch {
	case !utf8.ValidString(text):
		rule = "string.invalid_utf8"
	case strings.ContainsRune(text, 0):
		rule = "string.nul"
	default:
		return nil
	}
	return ErrField.At(path).With("field", path).With("rule", rule)
}

package rpc

import (
	"bytes"

	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the codec that is wrapped
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrMessage says that bytes are not the message of the method.
var ErrMessage = fault.New(fault.Invalid, "MESSAGE_INVALID", "the bytes are not the message of this method")

// patientCodec reads what is no message as an empty message with a mark, so that the interceptors can refuse it with a reason; grpc-go
// itself would answer before them, without one.
type patientCodec struct{ encoding.CodecV2 }

// Unmarshal implements encoding.CodecV2.
func (c patientCodec) Unmarshal(data mem.BufferSlice, v any) error {
	err := c.CodecV2.Unmarshal(data, v)
	m, ok := v.(proto.Message)
	if err == nil || !ok {
		return err
	}
	proto.Reset(m)
	m.ProtoReflect().SetUnknown(invalidMark)
	return nil
}

// invalidMark is a field that no message has: its number is reserved for implementations.
var invalidMark = protowire.AppendVarint(protowire.AppendTag(nil, 19_999, protowire.VarintType), 1)

// checkMark refuses a message that could not be read.
func checkMark(m proto.Message) error {
	if bytes.Equal(m.ProtoReflect().GetUnknown(), invalidMark) {
		return ErrMessage
	}
	return nil
}

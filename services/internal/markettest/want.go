package markettest

import (
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Want checks that err has a code and a reason, a Chinese text, and the field, if one is wanted.
func Want(t testing.TB, err error, code codes.Code, reason, field string) {
	t.Helper()
	st := status.Convert(err)
	if st.Code() != code {
		t.Fatalf("got %v, want code %v and reason %s", err, code, reason)
	}
	if code == codes.OK {
		return
	}
	var gotReason, gotText, gotField string
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			gotReason = d.GetReason()
		case *errdetails.LocalizedMessage:
			gotText = d.GetMessage()
		case *errdetails.BadRequest:
			gotField = d.GetFieldViolations()[0].GetField()
		}
	}
	if gotReason != reason {
		t.Errorf("got reason %s (%v), want %s", gotReason, err, reason)
	}
	if gotText == "" || gotText == st.Message() {
		t.Errorf("%s: no Chinese text: %q", reason, gotText)
	}
	if gotField != field {
		t.Errorf("%s: got field %q, want %q", reason, gotField, field)
	}
}

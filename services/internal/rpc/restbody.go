package rpc

import (
	"encoding/json"

	"google.golang.org/grpc/codes"
)

// restBody makes {"error":{code,status,message,details}} from the JSON of a google.rpc.Status.
func restBody(httpCode int, code codes.Code, statusJSON []byte) string {
	var st struct {
		Message string          `json:"message"`
		Details json.RawMessage `json:"details,omitempty"`
	}
	_ = json.Unmarshal(statusJSON, &st) // it was made by protojson; at worst the details are missing
	type inner struct {
		Code    int             `json:"code"`
		Status  string          `json:"status"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details,omitempty"`
	}
	body, err := json.Marshal(map[string]inner{"error": {httpCode, codeNames[code], st.Message, st.Details}})
	if err != nil {
		return `{"error":{"code":500,"status":"INTERNAL","message":"internal error"}}`
	}
	return string(body)
}

// Package proto holds the API: jiebang/v1 by hand, gen generated from it.
package proto

import _ "embed"

// OpenAPI is the OpenAPI 3.1 document of the REST side.
//
//go:embed gen/openapi/jiebang.openapi.json
var OpenAPI []byte

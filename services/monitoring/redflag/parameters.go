package redflag

import (
	_ "embed" // the parameters

	"github.com/jiebang/jiebang/services/monitoring/redflag/parameter"
)

// What rules are told, as data.
type (
	// Parameter is what a rule can be told.
	Parameter = parameter.Parameter
	// Set is a version of the parameters of a rule.
	Set = parameter.Set
	// Table has all versions of the parameters of all rules.
	Table = parameter.Table
)

//go:embed parameters.json
var defaults []byte

// NewTable has the default parameters and those of more files of the same form.
func NewTable(more ...[]byte) (*Table, error) {
	return parameter.NewTable(told(), append([][]byte{defaults}, more...)...)
}

func told() (all []parameter.Rule) {
	for _, r := range rules {
		all = append(all, parameter.Rule{Code: r.Code, Name: r.Name, Parameters: r.Parameters})
	}
	return all
}

// Schema is the JSON Schema of a file of parameters.
func Schema() ([]byte, error) { return parameter.Schema("揭榜监测规则参数", told()) }

// Package schema holds the entities. Their enumerations are the things' own types, so a rule that imported ent would not compile.
package schema

import "github.com/jiebang/jiebang/ent/schema/part"

// Audited is what every row that the ledger answers for has.
type Audited = part.Audited

//go:build ignore

// Command entc generates ent/gen/ent from ent/schema. Run it in the root of the repository: go run ent/entc.go
package main

import (
	"log"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	config := &gen.Config{
		Target:  "ent/gen/ent",
		Package: "github.com/jiebang/jiebang/ent/gen/ent",
		Features: []gen.Feature{
			gen.FeatureExecQuery, // what ent cannot say, such as a sum, is said in SQL on the same connection
			gen.FeatureModifier,  // a join, where one round trip under the lock counts
		},
	}
	if err := entc.Generate("./ent/schema", config); err != nil {
		log.Fatal("ent: ", err)
	}
}

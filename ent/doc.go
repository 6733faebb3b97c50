// Package ent holds what is stored: schema by hand, gen generated from it, migrations reviewed for both databases.
package ent

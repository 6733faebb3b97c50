package achievement

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// Content is what an owner writes in an achievement. Its shape — lengths, numbers of items — is checked where it comes in.
type Content struct {
	Title, Summary                    string
	Field                             demand.Field
	Industries, Disciplines, Keywords []string
	Properties                        []Property
	TRL                               int // 1 to 9; 0 is not said
	Maturity                          Maturity
	Modes                             []Mode
	Price                             *money.Fen // nil is 面议
	Region, ExternalID                string     // empty if not given
}

// Fields are the fields of Content by their names in the API.
var Fields = []string{"title", "summary", "field", "industries", "disciplines", "keywords", "intellectual_properties", "trl", "maturity", "cooperation_modes",
	"asking_price", "region", "external_id"}

// Take takes the named fields of o.
func (c *Content) Take(o Content, fields []string) {
	for _, f := range fields {
		switch f {
		case "title":
			c.Title = o.Title
		case "summary":
			c.Summary = o.Summary
		case "field":
			c.Field = o.Field
		case "industries":
			c.Industries = o.Industries
		case "disciplines":
			c.Disciplines = o.Disciplines
		case "keywords":
			c.Keywords = o.Keywords
		case "intellectual_properties":
			c.Properties = o.Properties
		case "trl":
			c.TRL = o.TRL
		case "maturity":
			c.Maturity = o.Maturity
		case "cooperation_modes":
			c.Modes = o.Modes
		case "asking_price":
			c.Price = o.Price
		case "region":
			c.Region = o.Region
		case "external_id":
			c.ExternalID = o.ExternalID
		}
	}
}

// Check returns all that is wrong with what is written, each at its field.
func (c Content) Check() []*fault.Fault {
	return slices.Concat(
		Contact("title", c.Title), Contact("summary", c.Summary), Known(codes.Industry, "industries", c.Industries),
		Known(codes.Discipline, "disciplines", c.Disciplines), Contact("keywords", c.Keywords...), ContactKey("external_id", c.ExternalID),
	)
}

// Known finds the codes that a list lacks: industries or disciplines.
func Known(list codes.List, field string, values []string) (wrong []*fault.Fault) {
	unknown := ErrIndustry
	if list == codes.Discipline {
		unknown = ErrDiscipline
	}
	for i, v := range values {
		if _, ok := codes.Lookup(list, v); !ok {
			wrong = append(wrong, unknown.With("code", v).At(field+"["+strconv.Itoa(i)+"]"))
		}
	}
	return wrong
}

// Stored writes codes in the form in which they are stored, each once. What the list lacks stays as it is, for Known to find.
func Stored(list codes.List, values []string) (stored []string) {
	for _, v := range values {
		if c, ok := codes.Lookup(list, v); ok {
			v = c.Code
		}
		if !slices.Contains(stored, v) {
			stored = append(stored, v)
		}
	}
	return stored
}

// PropertyKind is what a right is.
type PropertyKind string

// The kinds of rights.
const (
	InventionPatent   PropertyKind = "invention_patent"
	UtilityModel      PropertyKind = "utility_model"
	DesignPatent      PropertyKind = "design_patent"
	SoftwareCopyright PropertyKind = "software_copyright"
	LayoutDesign      PropertyKind = "layout_design"
	PlantVariety      PropertyKind = "plant_variety"
	KnowHow           PropertyKind = "know_how"
)

// PropertyStage is whether a right is granted; empty is not said.
type PropertyStage string

// The stages.
const (
	Granted PropertyStage = "granted"
	Pending PropertyStage = "pending"
)

// Property is a right to what was achieved 知识产权.
type Property struct {
	Kind   PropertyKind
	Number string // as typed; empty for a secret
	Stage  PropertyStage
}

// MarshalText writes kind, stage and number with a space between them. Neither kind nor stage has one.
func (p Property) MarshalText() ([]byte, error) {
	return []byte(string(p.Kind) + " " + string(p.Stage) + " " + p.Number), nil
}

// UnmarshalText reads what MarshalText writes. It takes any text, so that a row somebody has tampered with can still be compared.
func (p *Property) UnmarshalText(text []byte) error {
	kind, rest, _ := strings.Cut(string(text), " ")
	stage, number, _ := strings.Cut(rest, " ")
	*p = Property{PropertyKind(kind), number, PropertyStage(stage)}
	return nil
}

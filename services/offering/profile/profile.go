// Package profile has the rules of profiles: experts 专家, laboratories 实验室 and technology brokers 技术经纪人.
//
//   - The life cycle is the map below; nothing else moves a profile.
//   - An expert is listed only as long as the expert consents.
//   - Only what is listed is anybody's to read; its owner alone reads the rest.
package profile

import (
	"slices"

	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/lifecycle"
	"github.com/jiebang/jiebang/services/offering/achievement"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// State is where a profile stands.
type State string

// The states.
const (
	Draft     State = "draft"
	Listed    State = "listed"
	Withdrawn State = "withdrawn"
)

// Event is what moves a profile.
type Event string

// The events.
const (
	Publish  Event = "publish"
	Withdraw Event = "withdraw"
)

// Machine is the life cycle. What was withdrawn may be listed again.
var Machine = lifecycle.Machine[State, Event]{
	Draft:     {Publish: Listed},
	Listed:    {Withdraw: Withdrawn},
	Withdrawn: {Publish: Listed},
}

// Values lists the states for ent.
func (State) Values() []string { return Machine.States() }

// Next returns the state that e leads to.
func (s State) Next(e Event) (State, error) { return Machine.Next(s, e, ErrState) }

// Public reports whether anyone may read a profile in state s.
func (s State) Public() bool { return s == Listed }

// Imported returns the state in which an import leaves what stood in s: publishing lists drafts, and what was withdrawn stays so.
func (s State) Imported(publish bool) State {
	if publish && s == Draft {
		return Listed
	}
	return s
}

// Kind is what a profile describes.
type Kind string

// The kinds.
const (
	Expert Kind = "expert"
	Lab    Kind = "lab"
	Broker Kind = "broker"
)

// Values lists the kinds for ent.
func (Kind) Values() []string { return []string{string(Expert), string(Lab), string(Broker)} }

// Faults of profiles.
var (
	ErrNotFound  = fault.New(fault.NotFound, "PROFILE_NOT_FOUND", "there is no such profile")
	ErrForeign   = fault.New(fault.Forbidden, "PROFILE_FOREIGN", "only the organization that keeps the profile may do this")
	ErrState     = fault.New(fault.Precondition, "PROFILE_STATE", "the profile's state does not allow this")
	ErrConsent   = fault.New(fault.Precondition, "CONSENT_MISSING", "an expert is listed only with the expert's own consent")
	ErrEquipment = fault.New(fault.Invalid, "EQUIPMENT_KIND", "only a laboratory has equipment")
)

// Content is what an owner writes in a profile. Its shape — lengths, numbers of items — is checked where it comes in.
type Content struct {
	Kind                              Kind
	DisplayName, Position             string
	Introduction                      string
	Fields                            []demand.Field
	Industries, Disciplines, Keywords []string
	Equipment                         []string
	Region                            string
	Consented                         bool
	ExternalID                        string
}

// Fields are the fields of Content by their names in the API.
var Fields = []string{"kind", "display_name", "position", "introduction", "fields", "industries", "disciplines", "keywords", "equipment", "region", "consented",
	"external_id"}

// Take takes the named fields of o.
func (c *Content) Take(o Content, fields []string) {
	for _, f := range fields {
		switch f {
		case "kind":
			c.Kind = o.Kind
		case "display_name":
			c.DisplayName = o.DisplayName
		case "position":
			c.Position = o.Position
		case "introduction":
			c.Introduction = o.Introduction
		case "fields":
			c.Fields = o.Fields
		case "industries":
			c.Industries = o.Industries
		case "disciplines":
			c.Disciplines = o.Disciplines
		case "keywords":
			c.Keywords = o.Keywords
		case "equipment":
			c.Equipment = o.Equipment
		case "region":
			c.Region = o.Region
		case "consented":
			c.Consented = o.Consented
		case "external_id":
			c.ExternalID = o.ExternalID
		}
	}
}

// Check returns all that is wrong with what is written, each at its field.
func (c Content) Check() []*fault.Fault {
	return slices.Concat(
		achievement.Contact("display_name", c.DisplayName), achievement.Contact("position", c.Position),
		achievement.Contact("introduction", c.Introduction), achievement.Known(codes.Industry, "industries", c.Industries),
		achievement.Known(codes.Discipline, "disciplines", c.Disciplines), achievement.Contact("keywords", c.Keywords...),
		achievement.Contact("equipment", c.Equipment...), achievement.ContactKey("external_id", c.ExternalID),
	)
}

// Fits returns what is wrong with a profile as a whole that stands in state s, or is about to.
func (c Content) Fits(s State) (wrong []*fault.Fault) {
	if c.Kind != Lab && len(c.Equipment) > 0 {
		wrong = append(wrong, ErrEquipment.At("equipment"))
	}
	if c.Kind == Expert && s == Listed && !c.Consented {
		wrong = append(wrong, ErrConsent.At("consented"))
	}
	return wrong
}
